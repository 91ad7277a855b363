// @ts-check
// Any tbl or JSON value as a tree. Branches make their children when they are first opened; an
// update keeps what is open open. Vectors of numbers tell their type, size and extent.

import { html, reconcile, setText } from './dom.js';
import { count, counted, plain } from './format.js';
import { TblBytes, TblTable } from './tbl.js';
import { isNumbers } from './value.js';

/**
 * @typedef {{key: string, value: unknown, shape?: number[]}} Item
 * @typedef {{text: string, kind: 'number' | 'text' | 'other'}} Leaf
 * @typedef {{summary: string, size: number, items: (most: number) => Item[]}} Branch
 */

const mostItems = 200;
const mostOctets = 32;

/**
 * The item that each branch element shows, for when it is opened.
 * @type {WeakMap<Element, Item>}
 */
const shown = new WeakMap();

/**
 * Brings `container` up to `value`.
 * @param {Element} container
 * @param {unknown} value A table, an array, or a JSON object; anything else is a single line.
 */
export function drawTree(container, value) {
  const branch = branchOf({ key: '', value });
  if (branch) drawItems(container, branch);
  else reconcile(container, [{ key: '', value }], () => 'leaf', makeLeaf, updateItem);
}

/**
 * @param {Element} container
 * @param {Branch} branch
 */
function drawItems(container, branch) {
  const items = branch.items(mostItems);
  if (branch.size > items.length) {
    items.push({ key: `… ${count(branch.size - items.length)} more`, value: undefined });
  }
  reconcile(
    container,
    items,
    (item) => `${branchOf(item) ? 'branch' : 'leaf'} ${item.key}`,
    (item) => (branchOf(item) ? makeBranch(item) : makeLeaf(item)),
    updateItem,
  );
}

/** @param {Item} item */
function makeBranch(item) {
  const element = html(
    'details',
    { class: 'branch' },
    html('summary', {}, html('span', { class: 'key' }, item.key), html('span', { class: 'about' })),
    html('div', { class: 'items' }),
  );
  element.addEventListener('toggle', () => {
    const present = shown.get(element);
    if (present) updateItem(element, present);
  });
  return element;
}

/** @param {Item} item */
function makeLeaf(item) {
  const value = html('span', { class: 'value' });
  return html('div', { class: 'leaf' }, html('span', { class: 'key' }, item.key), value);
}

/**
 * @param {HTMLElement} element
 * @param {Item} item
 */
function updateItem(element, item) {
  const branch = branchOf(item);
  if (branch && element instanceof HTMLDetailsElement) {
    shown.set(element, item);
    setText(element.children[0].children[1], branch.summary);
    if (element.open) drawItems(element.children[1], branch);
  } else {
    const { text, kind } = leafOf(item.value);
    const value = element.children[1];
    setText(value, text);
    value.classList.toggle('number', kind === 'number');
    value.classList.toggle('text', kind === 'text');
  }
}

/**
 * How an item unfolds, or `null` for a leaf.
 * @param {Item} item
 * @returns {Branch | null}
 */
function branchOf({ value, shape }) {
  if (value instanceof TblTable) return tableBranch(value);
  if (value instanceof TblBytes) return null;
  if (isNumbers(value)) {
    return { summary: vectorSummary(value, shape), ...elements(value) };
  }
  if (Array.isArray(value)) {
    return { summary: counted(value.length, 'element'), ...elements(value) };
  }
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  return {
    summary: counted(entries.length, 'member'),
    size: entries.length,
    items: (most) => entries.slice(0, most).map(([key, each]) => ({ key, value: each })),
  };
}

/**
 * @param {TblTable} table
 * @returns {Branch}
 */
function tableBranch(table) {
  const own = table.vector === null ? '' : `${counted(table.vector.length, 'element')}, `;
  /** @param {number} most */
  const items = (most) => {
    /** @type {Item[]} */
    const found = [];
    if (table.vector !== null) {
      found.push({ key: 'vector', value: table.vector, shape: table.shape });
    }
    for (const [key, value] of table.map) {
      found.push({ key, value, shape: table.shapes.get(key) });
    }
    return found.slice(0, most);
  };
  const size = table.map.size + (table.vector === null ? 0 : 1);
  return { summary: own + counted(table.map.size, 'key'), size, items };
}

/**
 * @param {ArrayLike<unknown>} values
 * @returns {Omit<Branch, 'summary'>}
 */
function elements(values) {
  const isSingle = values instanceof Float32Array;
  return {
    size: values.length,
    items: (most) =>
      Array.from({ length: Math.min(most, values.length) }, (_, index) => ({
        key: String(index),
        value: isSingle ? shortest(values[index]) : values[index],
      })),
  };
}

/**
 * A single-precision value without the digits that only its double form has.
 * @param {unknown} value
 */
function shortest(value) {
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}

/**
 * @param {import('./tbl.js').TblNumbers} values
 * @param {number[] | undefined} shape
 */
function vectorSummary(values, shape) {
  const type = typeName(values);
  const size = shape && shape.length > 1 ? shape.join(' × ') : count(values.length);
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const each of values) {
    const value = Number(each);
    low = value < low ? value : low;
    high = value > high ? value : high;
    sum += value;
  }
  if (low > high) return `${type} × ${size}`;
  const mean = plain(sum / values.length);
  return `${type} × ${size} · least ${plain(low)} · mean ${mean} · greatest ${plain(high)}`;
}

/**
 * The element type as Tbl names it.
 * @param {import('./tbl.js').TblNumbers} values
 */
function typeName(values) {
  const name = values.constructor.name;
  const letter = name.startsWith('Float') ? 'f' : /Uint/.test(name) ? 'u' : 'i';
  return `${letter}${8 * values.BYTES_PER_ELEMENT}`;
}

/**
 * @param {unknown} value
 * @returns {Leaf}
 */
function leafOf(value) {
  if (value === undefined) return { text: '', kind: 'other' };
  if (value === null) return { text: 'nil', kind: 'other' };
  if (value instanceof TblBytes) return { text: octets(value), kind: 'other' };
  if (typeof value === 'string') return { text: `“${value}”`, kind: 'text' };
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return { text: String(value), kind: isNumber ? 'number' : 'other' };
}

/** @param {Uint8Array} bytes */
function octets(bytes) {
  const shownBytes = Array.from(bytes.subarray(0, mostOctets), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const more = bytes.length > mostOctets ? ' …' : '';
  return `${counted(bytes.length, 'byte')}: ${shownBytes.join(' ')}${more}`;
}
