// @ts-check
// Everything about the selected node: what it is, its parameters, counters, last error, the edges
// at it, and its state.

import { byId, html, reconcile, setText } from './dom.js';
import { drawFacts } from './facts.js';
import { count, counted, duration, percent, rate } from './format.js';
import { drawTree } from './tree.js';
import { ValueView } from './valueview.js';

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./graphdocument.js').GraphEdge} GraphEdge
 * @typedef {import('./graphdocument.js').GraphNode} GraphNode
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./values.js').Values} Values
 * @typedef {import('./facts.js').Fact} Fact
 */

export class Inspector {
  #panel = byId('inspector', HTMLElement);
  #title = byId('inspector-title', HTMLElement);
  #what = byId('inspector-what', HTMLElement);
  #error = byId('inspector-error', HTMLElement);
  #figures = byId('inspector-figures', HTMLElement);
  #parameters = byId('inspector-parameters', HTMLElement);
  #edges = byId('inspector-edges', HTMLElement);
  #state = byId('inspector-state', HTMLElement);
  /** @type {string | null} */
  #id = null;
  #value = new ValueView();
  #unwatch = () => {};
  #values;
  #onSelect;

  /**
   * @param {Values} values
   * @param {(id: string | null) => void} onSelect
   */
  constructor(values, onSelect) {
    this.#values = values;
    this.#onSelect = onSelect;
    byId('inspector-close', HTMLElement).addEventListener('click', () => onSelect(null));
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') onSelect(null);
    });
  }

  /**
   * @param {Graph} graph
   * @param {Model} model
   * @param {string | null} id The selected node.
   */
  update(graph, model, id) {
    const node = graph.nodes.get(id ?? '');
    this.#panel.hidden = node === undefined;
    document.body.classList.toggle('inspecting', node !== undefined);
    this.#follow(node?.id ?? null);
    if (!node) return;
    const figures = model.nodes.get(node.id);
    setText(this.#title, node.id);
    setText(this.#what, whatItIs(node));
    setText(this.#error, figures?.error ?? '');
    this.#error.hidden = !figures || figures.error === '';
    drawFacts(this.#figures, nodeFacts(node, model));
    drawTree(this.#parameters, node.parameters);
    byId('inspector-parameters-section', HTMLElement).hidden =
      Object.keys(node.parameters).length === 0;
    this.#drawEdges(graph, model, node.id);
    this.#state.hidden = !model.snapshot.states.has(node.id);
  }

  /** Moves the focus here. */
  focus() {
    this.#title.focus();
  }

  /** Draws plots again, after colours changed. */
  redraw() {
    this.#value.redraw();
  }

  /**
   * Watches the state of another node.
   * @param {string | null} id
   */
  #follow(id) {
    if (id === this.#id) return;
    this.#unwatch();
    this.#id = id;
    const value = new ValueView();
    this.#value = value;
    this.#state.children[1].replaceWith(value.element);
    this.#unwatch =
      id === null
        ? () => {}
        : this.#values.watch(`node/${id}/state`, (stored) => value.update(stored));
  }

  /**
   * @param {Graph} graph
   * @param {Model} model
   * @param {string} id
   */
  #drawEdges(graph, model, id) {
    reconcile(
      this.#edges,
      graph.edges.filter((edge) => edge.from === id || edge.to === id),
      (edge) => edge.id,
      (edge) => this.#makeEdge(edge, id),
      (element, edge) => {
        const figures = model.edges.get(edge.id);
        const { packets = 0, depth = 0, capacity = 0, dropped = 0 } = figures ?? {};
        setText(element.children[1], rate(figures?.rate ?? 0));
        setText(element.children[2], count(packets));
        setText(element.children[3], `${count(depth)} / ${count(capacity)}`);
        setText(element.children[4], count(dropped));
      },
    );
    byId('inspector-edges-section', HTMLElement).hidden = this.#edges.children.length === 0;
  }

  /**
   * @param {GraphEdge} edge
   * @param {string} id
   */
  #makeEdge(edge, id) {
    const leaves = edge.from === id;
    const other = leaves ? edge.to : edge.from;
    const words = leaves
      ? `${edge.fromPort} → ${edge.to}.${edge.toPort}`
      : `${edge.toPort} ← ${edge.from}.${edge.fromPort}`;
    const select = html('button', { type: 'button', class: 'link' }, words);
    select.addEventListener('click', () => this.#onSelect(other));
    const figures = Array.from({ length: 4 }, () => html('td', { class: 'numeric' }));
    return html('tr', {}, html('th', { scope: 'row' }, select), ...figures);
  }
}

/** @param {GraphNode} node */
function whatItIs(node) {
  const role = node.role === 'message' ? `message node, ${node.kind}` : node.role;
  return `${role} · ${node.type}`;
}

/**
 * @param {GraphNode} node
 * @param {Model} model
 * @returns {Fact[]}
 */
function nodeFacts(node, model) {
  const figures = model.nodes.get(node.id);
  const host = model.hosts.find(({ id }) => id === node.host);
  const facts = [
    { term: 'host', text: host ? `${node.host}, pid ${host.pid}` : node.host },
    { term: 'watched', text: node.watch ? 'yes' : 'no' },
  ];
  if (!figures) return facts;
  return [
    ...facts,
    { term: 'time share', text: `${percent(figures.share)} of a core` },
    { term: 'busy', text: duration(figures.busySeconds) },
    { term: 'packets in', text: `${count(figures.packetsIn)} · ${rate(figures.rateIn)}` },
    { term: 'packets out', text: `${count(figures.packetsOut)} · ${rate(figures.rateOut)}` },
    { term: 'waiting', text: counted(figures.pending, 'packet') },
    { term: 'activations', text: count(figures.activations) },
    { term: 'errors', text: count(figures.errors) },
  ];
}
