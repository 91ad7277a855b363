// @ts-check
// The store beneath: blocks in use, entries, and the processes that take part.

import { byId, setAttribute, setText } from './dom.js';
import { bytes, count, counted, percent } from './format.js';
import { drawFacts } from './facts.js';
import { TableView } from './table.js';

/** @typedef {import('./snapshot.js').StoreFacts} StoreFacts */

export class StoreView {
  #summary = byId('store-summary', HTMLElement);
  #usage = byId('store-usage', HTMLElement);
  #facts = byId('store-facts', HTMLElement);
  #participants = new TableView();

  constructor() {
    byId('store-participants', HTMLElement).append(this.#participants.element);
  }

  /** @param {StoreFacts} store */
  update(store) {
    const share = store.blockCount > 0 ? store.usedBlocks / store.blockCount : 0;
    const size = bytes(store.blockCount * store.blockSize);
    const alive = store.participants.filter((participant) => participant.alive);
    const used = `${percent(share)} of ${size}`;
    const users = counted(alive.length, 'process', 'processes');
    setText(this.#summary, `${used} · ${counted(store.entries, 'entry', 'entries')} · ${users}`);
    this.#usage.style.setProperty('--share', String(share));
    setAttribute(this.#usage, 'aria-valuenow', String(Math.round(share * 100)));
    setAttribute(this.#usage, 'aria-valuetext', used);
    drawFacts(this.#facts, [
      { term: 'name', text: store.name },
      { term: 'path', text: store.path },
      { term: 'blocks used', text: `${count(store.usedBlocks)} of ${count(store.blockCount)}` },
      { term: 'blocks free', text: count(store.freeBlocks) },
      { term: 'block size', text: bytes(store.blockSize) },
      { term: 'entries', text: count(store.entries) },
    ]);
    this.#participants.update(participantsTable(store));
  }
}

/**
 * @param {StoreFacts} store
 * @returns {import('./drawables.js').Table}
 */
function participantsTable({ participants }) {
  const numbers = { unit: '', numeric: true };
  const words = { unit: '', numeric: false };
  return {
    id: 'participants',
    title: 'participants',
    rowCount: participants.length,
    columns: [
      { name: 'pid', values: participants.map(({ pid }) => pid), ...numbers },
      { name: 'name', values: participants.map(({ name }) => name), ...words },
      {
        name: 'state',
        values: participants.map(({ alive }) => (alive ? 'alive' : 'dead')),
        ...words,
      },
      { name: 'pins', values: participants.map(({ pins }) => pins), ...numbers },
    ],
  };
}
