// @ts-check
// Joins feed, model and views. The only state of the page is here: the graph, the model, what is
// selected, and the connection.

import { Dashboard } from './dashboard.js';
import { byId, setAttribute, setText } from './dom.js';
import { Feed } from './feed.js';
import { counted } from './format.js';
import { GraphView } from './graph.js';
import { describeNode } from './graphnode.js';
import { GraphSource } from './graphsource.js';
import { Header } from './header.js';
import { Inspector } from './inspector.js';
import { KeysView } from './keys.js';
import { fold } from './model.js';
import { StoreView } from './store.js';
import { isDark, onSystemTheme, toggleTheme } from './theme.js';
import { Values } from './values.js';

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 */

/** Figures change at most this often, so that they can be read; in milliseconds. */
const drawInterval = 200;

/** @type {Model | null} */
let model = null;
/** @type {string | null} */
let selected = null;
/** @type {import('./feed.js').Connection} */
let connection = { state: 'connecting', since: Date.now() };
let lastDraw = 0;
let drawTimer = 0;

const values = new Values();
const header = new Header();
const storeView = new StoreView();
const keysView = new KeysView();
const inspector = new Inspector(values, (id) => select(id, true));
const note = byId('graph-note', HTMLElement);
const graphView = new GraphView(byId('graph', SVGSVGElement), select, pointAt);
const source = new GraphSource(graphChanged);
const dashboard = new Dashboard(
  byId('states', HTMLElement),
  byId('no-states', HTMLElement),
  values,
  (id) => {
    select(id, false);
    graphView.focus(id);
  },
);

/** @param {Snapshot} snapshot */
function snapshotArrived(snapshot) {
  model = fold(model, snapshot);
  for (const [id, generation] of snapshot.states) values.expect(`node/${id}/state`, generation);
  source.update(snapshot);
  drawSoon();
}

/** @param {Graph | null} graph */
function graphChanged(graph) {
  if (selected !== null && !graph?.nodes.has(selected)) selected = null;
  document.body.classList.toggle('bare', graph === null);
  byId('graph-view', HTMLElement).hidden = graph === null;
  if (graph) {
    graphView.setGraph(graph);
  } else {
    byId('store', HTMLDetailsElement).open = true;
    keysView.open();
  }
  draw();
}

/**
 * @param {string | null} id
 * @param {boolean} byKeyboard Whether the focus follows.
 */
function select(id, byKeyboard) {
  const before = selected;
  selected = id;
  draw();
  if (!byKeyboard) return;
  if (id !== null) inspector.focus();
  else if (before !== null) graphView.focus(before);
}

/**
 * Tells about the node under the pointer or with the focus: its type, and its error in full.
 * @param {string | null} id
 */
function pointAt(id) {
  const node = source.graph?.nodes.get(id ?? '');
  const figures = model?.nodes.get(id ?? '');
  note.hidden = !node;
  if (!node) return;
  const error = figures?.error ?? '';
  const words = `${node.id}: ${error} (${counted(figures?.errors ?? 0, 'error')})`;
  setText(note, error === '' ? describeNode(node, null) : words);
  note.classList.toggle('error', error !== '');
}

function drawSoon() {
  clearTimeout(drawTimer);
  const pause = Math.max(0, lastDraw + drawInterval - performance.now());
  drawTimer = setTimeout(draw, pause);
}

function draw() {
  lastDraw = performance.now();
  const graph = source.graph;
  const name = graph?.name ?? model?.snapshot.store.name ?? '';
  header.update(name, graph !== null, model, connection);
  document.body.classList.toggle('stale', connection.state !== 'open');
  if (!model || document.hidden) return;
  byId('store', HTMLElement).hidden = false;
  storeView.update(model.snapshot.store);
  keysView.update(model.snapshot.change);
  if (!graph) return;
  graphView.update(model, selected);
  inspector.update(graph, model, selected);
  dashboard.update(graph, model);
}

function drawTheme() {
  const button = byId('theme', HTMLButtonElement);
  setAttribute(button, 'aria-label', isDark() ? 'Light theme' : 'Dark theme');
  setAttribute(button, 'title', isDark() ? 'Light theme' : 'Dark theme');
  dashboard.redraw();
  inspector.redraw();
}

byId('theme', HTMLButtonElement).addEventListener('click', () => {
  toggleTheme();
  drawTheme();
});
onSystemTheme(drawTheme);
byId('zoom-in', HTMLElement).addEventListener('click', () => graphView.zoom(1.25));
byId('zoom-out', HTMLElement).addEventListener('click', () => graphView.zoom(0.8));
byId('zoom-fit', HTMLElement).addEventListener('click', () => graphView.fit());
new ResizeObserver(([entry]) => {
  const height = `${entry.borderBoxSize[0].blockSize}px`;
  document.documentElement.style.setProperty('--header-height', height);
}).observe(byId('top', HTMLElement));
document.addEventListener('visibilitychange', drawSoon);

drawTheme();
new Feed(snapshotArrived, (now) => {
  connection = now;
  draw();
}).start();
