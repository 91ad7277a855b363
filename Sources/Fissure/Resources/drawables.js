// @ts-check
// Finds what can be drawn in a state: `plots` and `tables` by their convention, the rest as a tree.
// Pure. What does not follow the convention is left in the rest, where it can still be read.

import { TblTable } from './tbl.js';
import { isNumbers } from './value.js';

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {ArrayLike<number>} values
 *
 * @typedef {object} Plot
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {ArrayLike<number>} time Seconds, ascending.
 * @property {Series[]} series Each as long as `time`.
 *
 * @typedef {object} Column
 * @property {string} name
 * @property {string} unit
 * @property {ArrayLike<number | bigint | string | boolean>} values
 * @property {boolean} numeric
 *
 * @typedef {object} Table
 * @property {string} id
 * @property {string} title
 * @property {Column[]} columns
 * @property {number} rowCount
 *
 * @typedef {{plots: Plot[], tables: Table[], rest: TblTable | null}} Drawables
 */

/**
 * @param {TblTable} state
 * @returns {Drawables}
 */
export function findDrawables(state) {
  const plots = read(state.get('plots'), readPlot);
  const tables = read(state.get('tables'), readTable);
  const rest = new TblTable();
  rest.vector = state.vector;
  rest.shape = state.shape;
  for (const [key, value] of state.map) {
    if (key === 'schema') continue;
    const left = key === 'plots' ? plots.left : key === 'tables' ? tables.left : value;
    if (left !== null) rest.map.set(key, left);
  }
  const isEmpty = rest.map.size === 0 && rest.vector === null;
  return { plots: plots.found, tables: tables.found, rest: isEmpty ? null : rest };
}

/**
 * @template T
 * @param {import('./tbl.js').TblValue | undefined} group
 * @param {(id: string, table: TblTable) => T | null} convert
 * @returns {{found: T[], left: import('./tbl.js').TblValue}} `left` holds what was not converted.
 */
function read(group, convert) {
  if (!(group instanceof TblTable)) return { found: [], left: group ?? null };
  /** @type {T[]} */
  const found = [];
  const left = new TblTable();
  for (const [id, value] of group.map) {
    const drawable = value instanceof TblTable ? convert(id, value) : null;
    if (drawable) found.push(drawable);
    else left.map.set(id, value);
  }
  return { found, left: left.map.size > 0 ? left : null };
}

/**
 * @param {string} id
 * @param {TblTable} table
 * @returns {Plot | null}
 */
function readPlot(id, table) {
  const time = table.get('time');
  if (!isPlainNumbers(time)) return null;
  /** @type {Series[]} */
  const series = [];
  for (const [name, values] of table.table('series').map) {
    if (!isPlainNumbers(values) || values.length !== time.length) return null;
    series.push({ name, values });
  }
  return {
    id,
    title: text(table, 'title') || id,
    unit: text(table, 'unit'),
    minimum: bound(table, 'minimum'),
    maximum: bound(table, 'maximum'),
    time,
    series,
  };
}

/**
 * @param {string} id
 * @param {TblTable} table
 * @returns {Table | null}
 */
function readTable(id, table) {
  const names = Array.from(table.list('columns'), String);
  const units = table.list('units');
  /** @type {Column[]} */
  const columns = [];
  for (const [index, name] of names.entries()) {
    const values = table.get(name);
    const numeric = isNumbers(values);
    if (!numeric && !Array.isArray(values)) return null;
    if (columns.length > 0 && values.length !== columns[0].values.length) return null;
    const cells = /** @type {Column['values']} */ (values);
    columns.push({ name, unit: String(units[index] ?? ''), values: cells, numeric });
  }
  if (columns.length === 0) return null;
  return { id, title: text(table, 'title') || id, columns, rowCount: columns[0].values.length };
}

/**
 * @param {unknown} value
 * @returns {value is Exclude<import('./tbl.js').TblNumbers, BigInt64Array | BigUint64Array>}
 */
function isPlainNumbers(value) {
  const wide = value instanceof BigInt64Array || value instanceof BigUint64Array;
  return isNumbers(value) && !wide;
}

/**
 * @param {TblTable} table
 * @param {string} key
 */
function text(table, key) {
  const value = table.get(key);
  return typeof value === 'string' ? value : '';
}

/**
 * @param {TblTable} table
 * @param {string} key
 */
function bound(table, key) {
  const value = table.get(key);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
