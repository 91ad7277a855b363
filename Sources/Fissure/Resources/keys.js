// @ts-check
// The keys of the store with their values, for a store without a graph and for a look beneath one.
// Fetched when shown, and again at most once a second while the store changes.

import { byId, html, reconcile, setAttribute, setText } from './dom.js';
import { bytes, count } from './format.js';
import { decodeTbl } from './tbl.js';
import { fetchValue } from './values.js';
import { ValueView } from './valueview.js';

/** @typedef {{key: string, length: number, type: string}} Entry */

const mostKeys = 500;
const interval = 1000;

/** Names of the type ids below 1,024 that values carry. */
const typeNames = new Map([
  [0, 'bytes'],
  [1, 'utf8'],
  [2, 'tbl'],
  [3, 'json'],
  [16, 'queue'],
]);

export class KeysView {
  #details = byId('keys', HTMLDetailsElement);
  #prefix = byId('keys-prefix', HTMLInputElement);
  #list = byId('keys-list', HTMLElement);
  #note = byId('keys-note', HTMLElement);
  #title = byId('key-title', HTMLElement);
  #place = byId('key-value', HTMLElement);
  /** @type {ValueView | null} */
  #value = null;
  /** @type {string | null} */
  #selected = null;
  #change = '';
  #fetched = -Infinity;
  #fetching = false;

  constructor() {
    this.#details.addEventListener('toggle', () => this.#refresh());
    this.#prefix.addEventListener('input', () => this.#refresh());
    this.#list.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button) this.#select(button.getAttribute('data-key') ?? '');
    });
  }

  /**
   * Shows the keys without being asked, where there is nothing else to show.
   */
  open() {
    this.#details.open = true;
  }

  /**
   * Tells that the store may have changed.
   * @param {string} change
   */
  update(change) {
    const due = performance.now() - this.#fetched >= interval;
    if (!this.#details.open || document.hidden || change === this.#change || !due) return;
    this.#change = change;
    this.#refresh();
  }

  async #refresh() {
    if (!this.#details.open || this.#fetching) return;
    this.#fetching = true;
    this.#fetched = performance.now();
    const prefix = this.#prefix.value;
    const entries = await fetchKeys(prefix);
    if (this.#selected !== null) await this.#showValue(this.#selected);
    this.#fetching = false;
    if (entries) this.#draw(entries);
    if (prefix !== this.#prefix.value) this.#refresh();
  }

  /** @param {Entry[]} entries */
  #draw(entries) {
    reconcile(
      this.#list,
      entries.slice(0, mostKeys),
      (entry) => entry.key,
      (entry) => makeEntry(entry),
      (element, entry) => {
        const [button] = element.children;
        setAttribute(button, 'aria-current', entry.key === this.#selected ? 'true' : null);
        setText(button.children[1], `${entry.type}, ${bytes(entry.length)}`);
      },
    );
    const shown = Math.min(entries.length, mostKeys);
    const cut = shown < entries.length ? `${count(shown)} of ` : '';
    setText(this.#note, `${cut}${count(entries.length)} ${entries.length === 1 ? 'key' : 'keys'}`);
  }

  /** @param {string} key */
  #select(key) {
    this.#selected = key;
    this.#value = new ValueView();
    this.#place.replaceChildren(this.#value.element);
    setText(this.#title, key);
    for (const item of this.#list.children) {
      const [button] = item.children;
      const isSelected = button.getAttribute('data-key') === key;
      setAttribute(button, 'aria-current', isSelected ? 'true' : null);
    }
    this.#showValue(key);
  }

  /** @param {string} key */
  async #showValue(key) {
    const value = await fetchValue(key);
    if (key !== this.#selected) return;
    if (value) this.#value?.update(value);
    setText(this.#title, value ? key : `${key} – no longer in the store`);
  }
}

/** @param {Entry} entry */
function makeEntry(entry) {
  const name = html('span', { class: 'name' }, entry.key);
  const about = html('span', { class: 'about' });
  return html('li', {}, html('button', { type: 'button', 'data-key': entry.key }, name, about));
}

/**
 * The entries whose key begins with `prefix`, in the order of their keys; `null` without an answer.
 * @param {string} prefix
 * @returns {Promise<Entry[] | null>}
 */
export async function fetchKeys(prefix) {
  try {
    const address = `/api/v1/keys?prefix=${encodeURIComponent(prefix)}`;
    const response = await fetch(address, { cache: 'no-store' });
    if (!response.ok) return null;
    const table = decodeTbl(await response.arrayBuffer());
    const [lengths, types] = [table.list('lengths'), table.list('types')];
    return Array.from(table.list('keys'), (key, index) => ({
      key: String(key),
      length: Number(lengths[index] ?? 0),
      type: typeNames.get(Number(types[index])) ?? `type ${types[index]}`,
    })).sort((a, b) => (a.key < b.key ? -1 : 1));
  } catch {
    return null; // Nobody answered; the feed says so on the page.
  }
}
