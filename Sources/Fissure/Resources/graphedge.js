// @ts-check
// Draws one edge: a curve with an arrow head, packets that run along it while any flow, and a label
// with rate, fill of its queue and drops. The curve is made once, the label when the view first
// comes close enough to read it; after that only what changed is set.

import { setAttribute, setText, svg } from './dom.js';
import { count, rate } from './format.js';

/**
 * @typedef {import('./graphdocument.js').GraphEdge} GraphEdge
 * @typedef {import('./graphdocument.js').GraphNode} GraphNode
 * @typedef {import('./model.js').EdgeFigures} EdgeFigures
 * @typedef {import('./layout.js').Box} Box
 * @typedef {import('./layout.js').Direction} Direction
 * @typedef {{x: number, y: number}} Point
 *
 * @typedef {object} EdgeLabel
 * @property {SVGTextElement} rate
 * @property {SVGTextElement} depth
 * @property {SVGTextElement} dropped
 * @property {SVGRectElement} gauge
 *
 * @typedef {object} EdgeView
 * @property {SVGGElement} element
 * @property {GraphEdge} edge
 * @property {Point} middle Where the label stands.
 * @property {{left: number, top: number, right: number, bottom: number}} area
 * @property {EdgeLabel | null} label
 * @property {string} look The classes as drawn.
 */

const gaugeWidth = 52;
/** A label stands on a line across, but beside a line down. */
const labelOffset = 38;
const headLength = 9;
const headWidth = 5;

/**
 * @param {GraphEdge} edge
 * @param {{node: GraphNode, box: Box}} from
 * @param {{node: GraphNode, box: Box}} to
 * @param {Direction} direction
 * @param {boolean} isAnimated
 * @returns {EdgeView}
 */
export function makeEdge(edge, from, to, direction, isAnimated) {
  const begin = port(from.box, direction, 1, from.node.outputs, edge.fromPort);
  const end = port(to.box, direction, -1, to.node.inputs, edge.toPort);
  const { path, middle } = curve(begin, end, direction);
  if (direction === 'down') middle.x += labelOffset;
  const element = svg(
    'g',
    { class: 'edge' },
    svg('path', { class: 'line', d: path }),
    svg('path', { class: 'head', d: arrowHead(end, direction) }),
  );
  if (isAnimated) element.append(svg('path', { class: 'packets', d: path }));
  const area = {
    left: Math.min(begin.x, end.x, middle.x) - gaugeWidth,
    right: Math.max(begin.x, end.x, middle.x) + gaugeWidth,
    top: Math.min(begin.y, end.y, middle.y) - gaugeWidth,
    bottom: Math.max(begin.y, end.y, middle.y) + gaugeWidth,
  };
  return { element, edge, middle, area, label: null, look: 'edge' };
}

/**
 * @param {EdgeView} view
 * @param {EdgeFigures | undefined} figures
 * @param {boolean} isReadable Whether the view is close enough to read the label.
 */
export function updateEdge(view, figures, isReadable) {
  const { depth = 0, capacity = 0, dropped = 0, rate: perSecond = 0 } = figures ?? {};
  const fill = capacity > 0 ? Math.min(1, depth / capacity) : 0;
  const look = `edge${perSecond > 0 ? ' flowing' : ''}${fill >= 0.9 ? ' full' : ''}`;
  if (look !== view.look) {
    view.look = look;
    view.element.setAttribute('class', look);
  }
  if (!isReadable) return;
  view.label ??= addLabel(view);
  setText(view.label.rate, rate(perSecond));
  setText(view.label.depth, capacity > 0 ? `${count(depth)} / ${count(capacity)}` : count(depth));
  setText(view.label.dropped, dropped > 0 ? `${count(dropped)} dropped` : '');
  setAttribute(view.label.gauge, 'width', String(Math.round(gaugeWidth * fill * 2) / 2));
}

/**
 * @param {EdgeView} view
 * @returns {EdgeLabel}
 */
function addLabel({ element, middle }) {
  const bar = { x: -gaugeWidth / 2, y: 5, height: 4, rx: 2 };
  const gauge = svg('rect', { class: 'gauge', ...bar });
  const rateText = svg('text', { class: 'rate', y: -8 });
  const depth = svg('text', { class: 'depth', y: 22 });
  const dropped = svg('text', { class: 'dropped', y: 37 });
  const transform = `translate(${middle.x} ${middle.y})`;
  const trough = svg('rect', { class: 'trough', ...bar, width: gaugeWidth });
  const parts = [rateText, trough, gauge, depth, dropped];
  element.append(svg('g', { class: 'label', transform }, ...parts));
  return { rate: rateText, depth, dropped, gauge };
}

/**
 * Where an edge leaves or enters a node; the ports of one side share it evenly.
 * @param {Box} box
 * @param {Direction} direction
 * @param {1 | -1} side 1 where packets leave.
 * @param {string[]} names
 * @param {string} name
 * @returns {Point}
 */
function port(box, direction, side, names, name) {
  const share = (names.indexOf(name) + 1) / (names.length + 1) - 0.5;
  return direction === 'across'
    ? { x: box.x + (side * box.width) / 2, y: box.y + share * box.height * 0.7 }
    : { x: box.x + share * box.width * 0.7, y: box.y + (side * box.height) / 2 };
}

/**
 * A cubic curve that leaves and enters along the flow; an edge against the flow swings out so that
 * it can be told from the others.
 * @param {Point} begin
 * @param {Point} end
 * @param {Direction} direction
 */
function curve(begin, end, direction) {
  const across = direction === 'across';
  const along = across ? end.x - begin.x : end.y - begin.y;
  const reach = along > 0 ? Math.max(40, along / 2) : 140 + Math.abs(along) / 8;
  const swing = along > 0 ? 0 : 150;
  const first = across
    ? { x: begin.x + reach, y: begin.y + swing }
    : { x: begin.x + swing, y: begin.y + reach };
  const second = across
    ? { x: end.x - reach, y: end.y + swing }
    : { x: end.x + swing, y: end.y - reach };
  const stop = across ? { x: end.x - 2, y: end.y } : { x: end.x, y: end.y - 2 };
  const path =
    `M${begin.x} ${begin.y} ` +
    `C${first.x} ${first.y} ${second.x} ${second.y} ${stop.x} ${stop.y}`;
  const middle = {
    x: (begin.x + 3 * first.x + 3 * second.x + end.x) / 8,
    y: (begin.y + 3 * first.y + 3 * second.y + end.y) / 8,
  };
  return { path, middle };
}

/**
 * @param {Point} tip
 * @param {Direction} direction
 */
function arrowHead({ x, y }, direction) {
  return direction === 'across'
    ? `M${x - headLength} ${y - headWidth} L${x} ${y} L${x - headLength} ${y + headWidth} Z`
    : `M${x - headWidth} ${y - headLength} L${x} ${y} L${x + headWidth} ${y - headLength} Z`;
}
