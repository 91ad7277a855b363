// @ts-check
// The watched states of the graph, one section for each node that publishes one.

import { html, reconcile, setText } from './dom.js';
import { ValueView } from './valueview.js';

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./values.js').Values} Values
 * @typedef {{value: ValueView, unwatch: () => void}} Section
 */

export class Dashboard {
  /** @type {Map<string, Section>} */
  #sections = new Map();
  #container;
  #empty;
  #values;
  #onSelect;

  /**
   * @param {HTMLElement} container
   * @param {HTMLElement} empty Shown while no node publishes a state.
   * @param {Values} values
   * @param {(id: string) => void} onSelect
   */
  constructor(container, empty, values, onSelect) {
    this.#container = container;
    this.#empty = empty;
    this.#values = values;
    this.#onSelect = onSelect;
  }

  /**
   * @param {Graph} graph
   * @param {Model} model
   */
  update(graph, model) {
    const { states } = model.snapshot;
    const ids = [...graph.nodes.keys()].filter((id) => states.has(id));
    for (const [id, section] of this.#sections) {
      if (states.has(id)) continue;
      section.unwatch();
      this.#sections.delete(id);
    }
    reconcile(
      this.#container,
      ids,
      (id) => id,
      (id) => this.#make(id),
      (element, id) => setText(element.children[0].children[1], graph.nodes.get(id)?.type ?? ''),
    );
    this.#empty.hidden = ids.length > 0;
  }

  /** Draws plots again, after colours changed. */
  redraw() {
    for (const { value } of this.#sections.values()) value.redraw();
  }

  /** @param {string} id */
  #make(id) {
    const value = new ValueView();
    const select = html('button', { type: 'button', class: 'link' }, id);
    select.addEventListener('click', () => this.#onSelect(id));
    const heading = html('h2', {}, select);
    const type = html('span', { class: 'type' });
    const unwatch = this.#values.watch(`node/${id}/state`, (stored) => value.update(stored));
    this.#sections.set(id, { value, unwatch });
    const header = html('header', {}, heading, type);
    return html('section', { 'aria-label': `State of ${id}` }, header, value.element);
  }
}
