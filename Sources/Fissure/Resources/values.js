// @ts-check
// Fetches values of the store for whoever watches them: only when their generation changed, one
// fetch at a time and at most four a second per key, never while the tab is hidden, and more slowly
// where a value is so large that fetching and drawing it would take more than a fifth of the time.

import { decodeValue, withheldValue } from './value.js';

/**
 * @typedef {import('./value.js').StoredValue} StoredValue
 * @typedef {(value: StoredValue) => void} Watcher
 *
 * @typedef {object} Watched
 * @property {string} key
 * @property {Set<Watcher>} watchers
 * @property {string} wanted The generation that the store holds; empty while it holds none.
 * @property {StoredValue | null} value
 * @property {boolean} fetching
 * @property {number} notBefore Time of the next fetch at the earliest, as `performance.now()`.
 * @property {number} timer
 */

const leastInterval = 250;
const costFactor = 5;
const retryInterval = 1000;

export class Values {
  /** @type {Map<string, Watched>} */
  #watched = new Map();

  constructor() {
    document.addEventListener('visibilitychange', () => {
      for (const entry of this.#watched.values()) this.#schedule(entry);
    });
  }

  /**
   * Calls `watcher` with the value under `key`, now if it is known and after each change.
   * @param {string} key
   * @param {Watcher} watcher
   * @returns {() => void} Ends it.
   */
  watch(key, watcher) {
    const entry = this.#watched.get(key) ?? {
      key,
      watchers: new Set(),
      wanted: '',
      value: null,
      fetching: false,
      notBefore: 0,
      timer: 0,
    };
    this.#watched.set(key, entry);
    entry.watchers.add(watcher);
    if (entry.value) watcher(entry.value);
    return () => {
      entry.watchers.delete(watcher);
      if (entry.watchers.size > 0) return;
      clearTimeout(entry.timer);
      this.#watched.delete(key);
    };
  }

  /**
   * Tells which generation the store holds under `key`.
   * @param {string} key
   * @param {string} generation
   */
  expect(key, generation) {
    const entry = this.#watched.get(key);
    if (!entry || entry.wanted === generation) return;
    entry.wanted = generation;
    this.#schedule(entry);
  }

  /** @param {Watched} entry */
  #schedule(entry) {
    clearTimeout(entry.timer);
    const current = entry.wanted === '' || entry.wanted === entry.value?.generation;
    if (entry.fetching || document.hidden || current) return;
    const pause = Math.max(0, entry.notBefore - performance.now());
    entry.timer = setTimeout(() => this.#fetch(entry), pause);
  }

  /** @param {Watched} entry */
  async #fetch(entry) {
    const begin = performance.now();
    const wanted = entry.wanted;
    entry.fetching = true;
    const value = await fetchValue(entry.key);
    entry.fetching = false;
    if (this.#watched.get(entry.key) !== entry) return;
    if (value) {
      // What came may be newer than what was asked for.
      if (entry.wanted === wanted) entry.wanted = value.generation;
      entry.value = value;
      for (const watcher of entry.watchers) watcher(value);
    }
    const cost = (performance.now() - begin) * costFactor;
    entry.notBefore = begin + Math.max(value ? leastInterval : retryInterval, cost);
    this.#schedule(entry);
  }
}

/**
 * The value under `key`, or `null` where it is absent or nobody answers. One that is too large to be
 * served comes with the server's words in place of its bytes.
 * @param {string} key
 * @returns {Promise<StoredValue | null>}
 */
export async function fetchValue(key) {
  try {
    const address = `/api/v1/value?key=${encodeURIComponent(key)}`;
    const response = await fetch(address, { cache: 'no-store' });
    const isTooLarge = response.status === 413;
    if (!response.ok && !isTooLarge) return null;
    const { headers } = response;
    const type = headers.get('X-Lava-Type-Name') ?? 'bytes';
    const generation = headers.get('X-Lava-Generation') ?? '';
    if (isTooLarge) return withheldValue(key, type, generation, await response.text());
    return decodeValue(key, type, generation, await response.arrayBuffer());
  } catch {
    return null; // Nobody answered; the feed says so, and the next generation asks again.
  }
}
