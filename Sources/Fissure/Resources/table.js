// @ts-check
// A table that is sorted by its headers and updated in place: rows keep their element while their
// key stays, cells change only their text. Numbers stand right, with one precision per column.

import { html, reconcile, setAttribute, setText } from './dom.js';
import { count, isBytes, quantity, shortUnit } from './format.js';

/**
 * @typedef {import('./drawables.js').Table} Table
 * @typedef {import('./drawables.js').Column} Column
 * @typedef {{index: number, falling: boolean}} Order
 */

const mostRows = 500;

/** Columns whose numbers are names, not quantities. */
const identifiers = /^(p?pid|id|uid|gid|tid|port)$/i;

export class TableView {
  /** @type {Table | null} */
  #table = null;
  /** @type {Order | null} */
  #order = null;
  #title = html('h3');
  #note = html('span', { class: 'moment' });
  #header = html('tr');
  #body = html('tbody');

  #scroller = html(
    'div',
    { class: 'scroller', tabindex: 0, role: 'group' },
    html('table', {}, html('thead', {}, this.#header), this.#body),
  );
  element = html(
    'figure',
    { class: 'card table' },
    html('figcaption', {}, this.#title, this.#note),
    this.#scroller,
  );

  constructor() {
    this.#header.addEventListener('click', (event) => this.#sort(event.target));
  }

  /** @param {Table} table */
  update(table) {
    this.#table = table;
    setText(this.#title, table.title);
    setAttribute(this.#scroller, 'aria-label', table.title);
    this.#draw();
  }

  #draw() {
    const table = this.#table;
    if (!table) return;
    this.#drawHeader(table);
    const key = rowKey(table);
    const formats = table.columns.map(cellFormat);
    const rows = sorted(table, this.#order).slice(0, mostRows);
    reconcile(
      this.#body,
      rows,
      key,
      () => html('tr', {}, ...table.columns.map(makeCell)),
      (element, row) => {
        table.columns.forEach((column, index) => {
          setText(element.children[index], formats[index](column.values[row]));
        });
      },
    );
    const cut = table.rowCount > mostRows;
    setText(this.#note, cut ? `${mostRows} of ${count(table.rowCount)} rows` : '');
  }

  /** @param {Table} table */
  #drawHeader(table) {
    reconcile(
      this.#header,
      table.columns.map((column, index) => ({ column, index })),
      ({ column, index }) => `${index} ${column.name} ${column.unit} ${column.numeric}`,
      ({ column }) => makeHeader(column),
      (element, { index }) => {
        const order = this.#order?.index === index ? this.#order : null;
        const direction = order === null ? 'none' : order.falling ? 'descending' : 'ascending';
        setAttribute(element, 'aria-sort', direction);
      },
    );
    // Cells are made by column: with other columns the rows are made anew.
    const width = this.#body.firstElementChild?.children.length;
    if (width !== undefined && width !== table.columns.length) this.#body.replaceChildren();
  }

  /**
   * The first click shows the greatest numbers (or the first words) first, the second turns that
   * round, the third gives the order back in which the rows came.
   * @param {EventTarget | null} target
   */
  #sort(target) {
    const header = target instanceof Element ? target.closest('th') : null;
    if (!header || !this.#table) return;
    const index = [...this.#header.children].indexOf(header);
    const fallingFirst = this.#table.columns[index].numeric;
    const before = this.#order?.index === index ? this.#order : null;
    if (before === null) this.#order = { index, falling: fallingFirst };
    else if (before.falling === fallingFirst) this.#order = { index, falling: !fallingFirst };
    else this.#order = null;
    this.#draw();
  }
}

/** @param {Column} column */
function makeHeader(column) {
  const button = html('button', { type: 'button' }, html('span', { class: 'name' }, column.name));
  const unit = headerUnit(column);
  if (unit !== '') button.append(html('span', { class: 'unit' }, unit));
  button.append(html('span', { class: 'arrow', 'aria-hidden': 'true' }));
  return html('th', { scope: 'col', class: column.numeric ? 'numeric' : null }, button);
}

/** @param {Column} column */
function makeCell(column) {
  return html('td', { class: column.numeric ? 'numeric' : null });
}

/**
 * Bytes carry their unit in each cell, because the prefix differs.
 * @param {Column} column
 */
function headerUnit(column) {
  return isBytes(column.unit) ? '' : shortUnit(column.unit);
}

/**
 * How the cells of a column read.
 * @param {Column} column
 * @returns {(value: Column['values'][number]) => string}
 */
function cellFormat(column) {
  if (!column.numeric) return String;
  if (identifiers.test(column.name)) return String;
  if (isBytes(column.unit)) return (value) => quantity(Number(value), column.unit);
  const numbers = Array.from(column.values, Number).filter(Number.isFinite);
  const whole = numbers.every(Number.isInteger) && !(column.values instanceof Float32Array);
  if (whole) return (value) => count(Number(value));
  const largest = Math.max(0, ...numbers.map(Math.abs));
  const decimals = largest >= 1000 ? 0 : largest >= 1 ? 1 : 3;
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (value) => (Number.isFinite(Number(value)) ? format.format(Number(value)) : '–');
}

/**
 * What tells rows apart: the first column whose values all differ, else the row's number.
 * @param {Table} table
 * @returns {(row: number) => string}
 */
function rowKey(table) {
  const column = table.columns.find(
    ({ values }) => new Set(Array.from(values)).size === values.length,
  );
  return column ? (row) => String(column.values[row]) : String;
}

/**
 * Row numbers in the order to show.
 * @param {Table} table
 * @param {Order | null} order
 */
function sorted(table, order) {
  const rows = Array.from({ length: table.rowCount }, (_, row) => row);
  const column = order === null ? undefined : table.columns[order.index];
  if (!order || !column) return rows;
  const sign = order.falling ? -1 : 1;
  const { values } = column;
  return rows.sort((a, b) => sign * compare(values[a], values[b]) || a - b);
}

/**
 * @param {number | bigint | string | boolean} a
 * @param {number | bigint | string | boolean} b
 */
function compare(a, b) {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
