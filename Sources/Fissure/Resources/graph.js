// @ts-check
// The graph as a drawing: hosts as tinted regions, edges, nodes. The elements are made once per
// graph; a snapshot changes only text and attributes that differ, and only of what is in view.
// One node at a time takes part in the tab order; arrow keys go on from there.

import { setText, svg } from './dom.js';
import { makeEdge, updateEdge } from './graphedge.js';
import { describeNode, makeNode, nodeDefinitions, updateNode } from './graphnode.js';
import { bounds, layOut, neighbour } from './layout.js';
import { isTrouble } from './model.js';
import { Viewport } from './viewport.js';

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./graphnode.js').NodeView} NodeView
 * @typedef {import('./graphedge.js').EdgeView} EdgeView
 * @typedef {import('./layout.js').Box} Box
 * @typedef {import('./layout.js').Direction} Direction
 * @typedef {import('./model.js').Model} Model
 * @typedef {{element: SVGGElement, host: string, text: SVGTextElement}} RegionView
 */

/** More edges than this run no packets along their lines: animating them costs too much. */
const mostAnimatedEdges = 60;
const regionPadding = { x: 22, top: 38, bottom: 30 };
const panStep = 60;

/** @type {Record<string, 'left' | 'right' | 'up' | 'down'>} */
const arrows = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

export class GraphView {
  /** @type {Graph | null} */
  #graph = null;
  /** @type {Model | null} */
  #model = null;
  /** @type {string | null} */
  #selected = null;
  /** @type {Direction} */
  #direction = 'across';
  /** @type {Map<string, Box>} */
  #boxes = new Map();
  /** @type {Map<string, NodeView>} */
  #nodes = new Map();
  /** @type {EdgeView[]} */
  #edges = [];
  /** @type {RegionView[]} */
  #regions = [];
  #frame = 0;
  #svg;
  #world;
  #viewport;
  #onSelect;
  #onPoint;

  /**
   * @param {SVGSVGElement} element
   * @param {(id: string | null, byKeyboard: boolean) => void} onSelect
   * @param {(id: string | null) => void} onPoint The node under the pointer or with the focus.
   */
  constructor(element, onSelect, onPoint) {
    this.#svg = element;
    this.#onSelect = onSelect;
    this.#onPoint = onPoint;
    this.#world = svg('g', { class: 'world' });
    element.replaceChildren(svg('defs', {}, ...nodeDefinitions()), this.#world);
    this.#viewport = new Viewport(element, this.#world, () => this.#viewChanged());
    element.addEventListener('click', (event) => this.#onSelect(nodeOf(event.target), false));
    element.addEventListener('keydown', (event) => this.#keyDown(event));
    element.addEventListener('focusin', (event) => this.#focused(nodeOf(event.target)));
    element.addEventListener('focusout', () => this.#onPoint(null));
    element.addEventListener('pointerover', (event) => this.#onPoint(nodeOf(event.target)));
    element.addEventListener('pointerleave', () => this.#onPoint(null));
    new ResizeObserver(() => this.#resized()).observe(element);
  }

  /**
   * Draws another graph, or the same one anew after its document changed.
   * @param {Graph} graph
   */
  setGraph(graph) {
    this.#graph = graph;
    this.#direction = this.#bestDirection(graph);
    this.#build(graph);
    this.#setHeight();
    this.fit();
  }

  /**
   * @param {Model} model
   * @param {string | null} selected
   */
  update(model, selected) {
    this.#model = model;
    if (selected !== this.#selected) {
      this.#mark(this.#selected, false);
      this.#mark(selected, true);
      this.#selected = selected;
    }
    this.#draw();
  }

  /** Shows the whole graph. */
  fit() {
    this.#viewport.fit(this.#content());
  }

  /** @param {number} factor */
  zoom(factor) {
    this.#viewport.zoom(factor);
  }

  /**
   * Gives a node the focus.
   * @param {string} id
   */
  focus(id) {
    this.#nodes.get(id)?.element.focus();
  }

  /** @param {Graph} graph */
  #build(graph) {
    const focused = nodeOf(document.activeElement);
    const isAnimated = graph.edges.length <= mostAnimatedEdges;
    this.#boxes = layOut(graph, this.#direction);
    this.#nodes = new Map();
    for (const node of graph.nodes.values()) {
      this.#nodes.set(node.id, makeNode(node, /** @type {Box} */ (this.#boxes.get(node.id))));
    }
    this.#edges = graph.edges.map((edge) => {
      const from = /** @type {NodeView} */ (this.#nodes.get(edge.from));
      const to = /** @type {NodeView} */ (this.#nodes.get(edge.to));
      return makeEdge(edge, from, to, this.#direction, isAnimated);
    });
    this.#regions = graph.hosts.flatMap((host, index) => this.#makeRegions(graph, host, index));
    this.#world.replaceChildren(
      svg('g', { class: 'regions' }, ...this.#regions.map((region) => region.element)),
      svg('g', { class: 'edges' }, ...this.#edges.map((edge) => edge.element)),
      svg('g', { class: 'nodes' }, ...[...this.#nodes.values()].map((node) => node.element)),
    );
    this.#svg.classList.toggle('flows-down', this.#direction === 'down');
    this.#svg.classList.toggle('still', !isAnimated);
    const first = this.#nodes.get(this.#selected ?? '') ?? this.#nodes.get(this.#foremost());
    first?.element.setAttribute('tabindex', '0');
    this.#mark(this.#selected, true);
    if (focused !== null) this.focus(focused);
  }

  /** The node from which the flow leads on: the first in reading order. */
  #foremost() {
    const [first] = [...this.#boxes].sort(([, a], [, b]) => a.x - b.x || a.y - b.y);
    return first?.[0] ?? '';
  }

  /**
   * The tinted region of a host: one around all its nodes where no other node stands between them,
   * else one around each.
   * @param {Graph} graph
   * @param {string} host
   * @param {number} index
   * @returns {RegionView[]}
   */
  #makeRegions(graph, host, index) {
    if (host === 'main') return [];
    const own = [...graph.nodes.values()].filter((node) => node.host === host);
    if (own.length === 0) return [];
    /** @param {import('./graphdocument.js').GraphNode[]} nodes */
    const around = (nodes) =>
      bounds(nodes.map((node) => /** @type {Box} */ (this.#boxes.get(node.id))));
    const all = around(own);
    const strangers = [...graph.nodes.values()].some(
      (node) => node.host !== host && touches(all, this.#boxes.get(node.id)),
    );
    const areas = strangers ? own.map((node) => around([node])) : [all];
    return areas.map(({ left, top, right, bottom }) => {
      const text = svg('text', { x: left - regionPadding.x + 14, y: top - regionPadding.top + 21 });
      text.textContent = host;
      const element = svg(
        'g',
        { class: `region tint-${((index - 1) % 4) + 1}` },
        svg('rect', {
          x: left - regionPadding.x,
          y: top - regionPadding.top,
          width: right - left + 2 * regionPadding.x,
          height: bottom - top + regionPadding.top + regionPadding.bottom,
          rx: 20,
        }),
        text,
      );
      return { element, host, text };
    });
  }

  #draw() {
    const model = this.#model;
    if (!model) return;
    const down = new Set(model.hosts.filter(isTrouble).map((host) => host.id));
    const area = this.#viewport.visible;
    const distance = distanceAt(this.#viewport.view.scale);
    const grain = 0.5 / this.#viewport.view.scale;
    for (const view of this.#nodes.values()) {
      if (!touches(area, view.box)) continue;
      const figures = model.nodes.get(view.node.id);
      updateNode(view, figures, down.has(view.node.host), distance, grain);
    }
    for (const view of this.#edges) {
      if (!overlaps(area, view.area)) continue;
      updateEdge(view, model.edges.get(view.edge.id), distance === 'near');
    }
    for (const { element, host, text } of this.#regions) {
      const status = model.hosts.find(({ id }) => id === host);
      const trouble = status && isTrouble(status) ? ` – ${status.condition}` : '';
      setText(text, `host ${host}${trouble}`);
      element.classList.toggle('down', down.has(host));
    }
  }

  /** Draws once in the next frame, however often the view moved. */
  #viewChanged() {
    const distance = distanceAt(this.#viewport.view.scale);
    this.#svg.classList.toggle('far', distance !== 'near');
    this.#svg.classList.toggle('very-far', distance === 'veryFar');
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #resized() {
    if (!this.#graph || this.#svg.clientWidth === 0) return;
    const direction = this.#bestDirection(this.#graph);
    const isTurned = direction !== this.#direction;
    this.#direction = direction;
    if (isTurned) this.#build(this.#graph);
    this.#setHeight();
    if (isTurned || !this.#viewport.moved) this.fit();
  }

  /**
   * Asks for the height that shows the graph well at the present width; the style sheet bounds it.
   * The height never feeds back into the width, so this settles at once.
   */
  #setHeight() {
    const { left, right, top, bottom } = this.#content();
    const scale = Math.min(1, Math.max(1, this.#svg.clientWidth - 56) / (right - left));
    const height = `${Math.round((bottom - top) * scale + 96)}px`;
    this.#svg.parentElement?.style.setProperty('--preferred-height', height);
  }

  /**
   * Across, unless that would shrink the text too much and down would not.
   * @param {Graph} graph
   * @returns {Direction}
   */
  #bestDirection(graph) {
    const width = Math.max(1, this.#svg.clientWidth - 56);
    /** @param {Direction} direction */
    const scale = (direction) => {
      const { left, right } = bounds(layOut(graph, direction).values());
      return Math.min(1, width / (right - left));
    };
    if (width > 700 || graph.nodes.size > 60) return 'across';
    return scale('across') < 0.75 && scale('down') > scale('across') ? 'down' : 'across';
  }

  #content() {
    const { left, top, right, bottom } = bounds(this.#boxes.values());
    const regions = this.#regions.length > 0;
    const [side, above] = regions ? [regionPadding.x, regionPadding.top] : [4, 4];
    return { left: left - side, top: top - above, right: right + side, bottom: bottom + 26 };
  }

  /**
   * @param {string | null} id
   * @param {boolean} selected
   */
  #mark(id, selected) {
    const element = this.#nodes.get(id ?? '')?.element;
    element?.classList.toggle('selected', selected);
    if (selected) element?.setAttribute('aria-current', 'true');
    else element?.removeAttribute('aria-current');
  }

  /** @param {string | null} id */
  #focused(id) {
    this.#onPoint(id);
    const view = this.#nodes.get(id ?? '');
    if (!view) return;
    for (const { element } of this.#nodes.values()) {
      if (element.getAttribute('tabindex') === '0') element.setAttribute('tabindex', '-1');
    }
    view.element.setAttribute('tabindex', '0');
    view.element.setAttribute(
      'aria-label',
      describeNode(view.node, this.#model?.nodes.get(view.node.id)),
    );
    if (view.element.matches(':focus-visible')) this.#viewport.reveal(bounds([view.box]));
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = nodeOf(event.target);
    if (this.#act(event.key, event.shiftKey, id)) event.preventDefault();
  }

  /**
   * @param {string} key
   * @param {boolean} shift
   * @param {string | null} id
   * @returns {boolean} Whether the key means something here.
   */
  #act(key, shift, id) {
    const direction = arrows[key];
    if (direction && shift) {
      const along = direction === 'left' || direction === 'up' ? panStep : -panStep;
      const sideways = direction === 'left' || direction === 'right';
      this.#viewport.pan(sideways ? along : 0, sideways ? 0 : along);
    } else if (direction && id !== null) {
      const next = neighbour(this.#boxes, id, direction);
      if (next !== null) this.focus(next);
    } else if (key === '+' || key === '=') {
      this.zoom(1.25);
    } else if (key === '-') {
      this.zoom(0.8);
    } else if (key === '0') {
      this.fit();
    } else if ((key === 'Enter' || key === ' ') && id !== null) {
      this.#onSelect(id, true);
    } else if (key === 'Escape') {
      this.#onSelect(null, true);
    } else {
      return false;
    }
    return true;
  }
}

/**
 * What can be read at a scale.
 * @param {number} scale
 * @returns {import('./graphnode.js').Distance}
 */
function distanceAt(scale) {
  if (scale >= 0.5) return 'near';
  return scale >= 0.24 ? 'far' : 'veryFar';
}

/**
 * @param {{left: number, top: number, right: number, bottom: number}} area
 * @param {Box | undefined} box
 */
function touches(area, box) {
  if (box === undefined) return false;
  const across = box.width / 2 + regionPadding.x;
  const down = box.height / 2 + regionPadding.top;
  return (
    box.x + across >= area.left &&
    box.x - across <= area.right &&
    box.y + down >= area.top &&
    box.y - down <= area.bottom
  );
}

/**
 * @param {{left: number, top: number, right: number, bottom: number}} a
 * @param {{left: number, top: number, right: number, bottom: number}} b
 */
function overlaps(a, b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

/**
 * The id of the node that an event or the focus is in.
 * @param {unknown} target
 */
function nodeOf(target) {
  return target instanceof Element
    ? (target.closest('[data-node]')?.getAttribute('data-node') ?? null)
    : null;
}
