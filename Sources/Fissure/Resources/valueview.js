// @ts-check
// Shows one value of the store as what it is: plots and tables where a tbl holds them, trees for
// the rest of a tbl and for JSON, text as text, bytes as hexadecimal. The plots of one value share
// their read-out, so that moments can be compared.

import { html, reconcile, setText } from './dom.js';
import { findDrawables } from './drawables.js';
import { bytes as byteSize } from './format.js';
import { hexDump } from './hex.js';
import { PlotView } from './plot.js';
import { TableView } from './table.js';
import { drawTree } from './tree.js';

/**
 * @typedef {import('./value.js').StoredValue} StoredValue
 * @typedef {import('./drawables.js').Plot} Plot
 * @typedef {import('./drawables.js').Table} Table
 * @typedef {{id: string, plot: Plot} | {id: string, table: Table} | {id: string, tree: unknown}
 *   | {id: string, text: string, title: string}} Card
 */

const mostCharacters = 20000;
const mostOctets = 4096;

export class ValueView {
  /** @type {WeakMap<Element, PlotView>} */
  #plots = new WeakMap();
  /** @type {WeakMap<Element, TableView>} */
  #tables = new WeakMap();
  element = html('div', { class: 'cards' });

  /** @param {StoredValue} value */
  update(value) {
    reconcile(
      this.element,
      cardsOf(value),
      (card) => card.id,
      (card) => this.#make(card),
      (element, card) => this.#update(element, card),
    );
  }

  /** Draws plots again, after colours changed. */
  redraw() {
    for (const element of this.element.children) this.#plots.get(element)?.redraw();
  }

  /**
   * @param {Card} card
   * @returns {HTMLElement}
   */
  #make(card) {
    if ('plot' in card) {
      const view = new PlotView((age) => this.#showAt(age));
      this.#plots.set(view.element, view);
      return view.element;
    }
    if ('table' in card) {
      const view = new TableView();
      this.#tables.set(view.element, view);
      return view.element;
    }
    const title = html('figcaption', {}, html('h3'));
    const isTree = 'tree' in card;
    const body = isTree
      ? html('div', { class: 'tree' })
      : html('pre', { class: 'scroller', tabindex: 0, role: 'group' });
    return html('figure', { class: isTree ? 'card' : 'card text' }, title, body);
  }

  /**
   * @param {HTMLElement} element
   * @param {Card} card
   */
  #update(element, card) {
    if ('plot' in card) {
      this.#plots.get(element)?.update(card.plot);
    } else if ('table' in card) {
      this.#tables.get(element)?.update(card.table);
    } else {
      const title = 'tree' in card ? 'values' : card.title;
      setText(element.children[0].children[0], title);
      if ('tree' in card) {
        drawTree(element.children[1], card.tree);
      } else {
        setText(element.children[1], card.text);
        element.children[1].setAttribute('aria-label', title);
      }
    }
  }

  /** @param {number | null} age */
  #showAt(age) {
    for (const element of this.element.children) this.#plots.get(element)?.showAt(age);
  }
}

/**
 * @param {StoredValue} value
 * @returns {Card[]}
 */
function cardsOf({ content, bytes, type }) {
  switch (content.kind) {
    case 'tbl': {
      const { plots, tables, rest } = findDrawables(content.table);
      return [
        ...plots.map((plot) => ({ id: `plot ${plot.id}`, plot })),
        ...tables.map((table) => ({ id: `table ${table.id}`, table })),
        ...(rest ? [{ id: 'tree', tree: rest }] : []),
      ];
    }
    case 'json':
      return [{ id: 'tree', tree: content.json }];
    case 'text': {
      const cut = content.text.length > mostCharacters;
      const text = cut ? `${content.text.slice(0, mostCharacters)}…` : content.text;
      return [{ id: 'text', text, title: `text, ${byteSize(bytes.length)}` }];
    }
    case 'withheld':
      return [{ id: 'withheld', text: content.reason.trim(), title: `${type}, too large to show` }];
    case 'bytes': {
      const cut = bytes.length > mostOctets ? `, the first ${byteSize(mostOctets)} of them` : '';
      const reason = content.reason.replace(/^tbl: /, '');
      const why = reason === '' ? '' : `, not a valid ${type}: ${reason}`;
      const title = `bytes, ${byteSize(bytes.length)}${cut}${why}`;
      return [{ id: 'bytes', text: hexDump(bytes, mostOctets), title }];
    }
  }
}
