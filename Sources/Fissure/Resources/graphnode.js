// @ts-check
// Draws one node: flow nodes as pills, generators as pills with a play mark, message nodes round.
// The filled part of the shape is the node's time share. The shape is made once, the texts when the
// view first comes close enough to read them; after that only what changed is set.

import { setAttribute, setText, svg } from './dom.js';
import { count, percent, rate, shortened } from './format.js';
import { pill, round } from './layout.js';

/**
 * @typedef {import('./graphdocument.js').GraphNode} GraphNode
 * @typedef {import('./model.js').NodeFigures} NodeFigures
 * @typedef {import('./layout.js').Box} Box
 * @typedef {'near' | 'far' | 'veryFar'} Distance How much of a node can be read.
 *
 * @typedef {object} NodeTexts
 * @property {SVGTextElement} share
 * @property {SVGTextElement} rate
 * @property {SVGTextElement} count
 *
 * @typedef {object} NodeView
 * @property {SVGGElement} element
 * @property {GraphNode} node
 * @property {Box} box
 * @property {SVGRectElement} fill
 * @property {NodeTexts | null} texts
 * @property {SVGTextElement | null} alarm
 * @property {number} filled Length of the filled part as drawn.
 * @property {boolean} isDown As drawn.
 */

/** Definitions that every node refers to. */
export function nodeDefinitions() {
  return [
    svg('clipPath', { id: 'clip-pill' }, pillShape(pill, 0)),
    svg('clipPath', { id: 'clip-round' }, svg('circle', { r: round.width / 2 })),
  ];
}

/**
 * @param {GraphNode} node
 * @param {Box} box
 * @returns {NodeView}
 */
export function makeNode(node, box) {
  const isRound = node.role === 'message';
  const clip = isRound ? 'url(#clip-round)' : 'url(#clip-pill)';
  const [x, y] = [-box.width / 2, -box.height / 2];
  const size = isRound ? { width: box.width, height: 0 } : { width: 0, height: box.height };
  const fill = svg('rect', { class: 'share', 'clip-path': clip, x, y, ...size });
  const element = svg(
    'g',
    {
      class: `node ${node.role}`,
      transform: `translate(${box.x} ${box.y})`,
      role: 'button',
      tabindex: -1,
      'aria-label': describeNode(node, null),
      'data-node': node.id,
    },
    shape(isRound, box, 6, 'ring'),
    shape(isRound, box, 0, 'body'),
    fill,
    shape(isRound, box, 0, 'outline'),
  );
  if (node.role === 'generator') element.append(playMark(box));
  return { element, node, box, fill, texts: null, alarm: null, filled: 0, isDown: false };
}

/**
 * @param {NodeView} view
 * @param {NodeFigures | undefined} figures
 * @param {boolean} hostIsDown
 * @param {Distance} distance
 * @param {number} grain Smallest length worth drawing, in the drawing's units.
 */
export function updateNode(view, figures, hostIsDown, distance, grain) {
  const { node, element } = view;
  const share = figures?.share ?? 0;
  const errors = figures?.errors ?? 0;
  updateFill(view, hostIsDown ? 0 : share, grain);
  if (hostIsDown !== view.isDown) {
    view.isDown = hostIsDown;
    element.classList.toggle('down', hostIsDown);
  }
  if (errors > 0 || view.alarm !== null) updateAlarm(view, errors);
  if (distance === 'veryFar') return;
  view.texts ??= addTexts(view);
  const flow = figures ? packetFlow(node, figures) : null;
  setText(view.texts.share, percent(share));
  if (distance === 'far') return;
  setText(view.texts.rate, hostIsDown ? 'host down' : rate(flow?.rate ?? 0));
  setText(view.texts.count, flow ? count(flow.packets) : '–');
}

/**
 * @param {NodeView} view
 * @returns {NodeTexts}
 */
function addTexts({ node, box, element }) {
  const isRound = node.role === 'message';
  const isGenerator = node.role === 'generator';
  const places = isRound ? roundPlaces : pillPlaces(box, isGenerator);
  const id = svg('text', { class: 'id', ...places.id });
  id.textContent = shortened(node.id, isRound || isGenerator ? 13 : 16);
  if (node.id.length > (isRound || isGenerator ? 9 : 12)) id.classList.add('long');
  const type = svg('text', { class: 'type', y: box.height / 2 + 17 });
  type.textContent = shortened(node.type, 30);
  const share = svg('text', { class: 'share-text', ...places.share });
  const rateText = svg('text', { class: 'rate', ...places.rate });
  const countText = svg('text', { class: 'count', ...places.count });
  element.append(id, share, rateText, countText, type);
  return { share, rate: rateText, count: countText };
}

/**
 * The badge of a node that failed, made with its first error.
 * @param {NodeView} view
 * @param {number} errors
 */
function updateAlarm(view, errors) {
  if (view.alarm === null) {
    const isRound = view.node.role === 'message';
    const { width, height } = view.box;
    const [x, y] = isRound ? [44, -44] : [width / 2 - 30, -height / 2];
    view.alarm = svg('text', { y: 4 });
    const ground = svg('rect', { x: -22, y: -11, width: 44, height: 22, rx: 11 });
    const transform = `translate(${x} ${y})`;
    view.element.append(svg('g', { class: 'alarm', transform }, ground, view.alarm));
  }
  setText(view.alarm, errors > 999 ? '! 999+' : `! ${errors}`);
  view.element.classList.toggle('erring', errors > 0);
}

/**
 * The packets that a node is known by: those it sends when it only sends, else those it takes.
 * @param {GraphNode} node
 * @param {NodeFigures} figures
 */
export function packetFlow(node, figures) {
  return node.role === 'generator'
    ? { rate: figures.rateOut, packets: figures.packetsOut }
    : { rate: figures.rateIn, packets: figures.packetsIn };
}

/**
 * A sentence for who cannot see the drawing.
 * @param {GraphNode} node
 * @param {NodeFigures | null | undefined} figures
 */
export function describeNode(node, figures) {
  const what = node.role === 'message' ? `${node.kind} message node` : `${node.role} node`;
  const parts = [`${node.id}: ${what.replace('generator node', 'generator')} ${node.type}`];
  if (node.host !== 'main') parts.push(`on host ${node.host}`);
  if (figures) {
    const { rate: perSecond, packets } = packetFlow(node, figures);
    parts.push(`${rate(perSecond)}`, `${count(packets)} packets`, `${percent(figures.share)} busy`);
    if (figures.errors > 0) parts.push(`${figures.errors} errors, last: ${figures.error}`);
  }
  return parts.join(', ');
}

const roundPlaces = {
  id: { x: 0, y: -20, 'text-anchor': 'middle' },
  share: { x: 0, y: 0, 'text-anchor': 'middle' },
  rate: { x: 0, y: 20, 'text-anchor': 'middle' },
  count: { x: 0, y: 38, 'text-anchor': 'middle' },
};

/**
 * @param {Box} box
 * @param {boolean} hasMark
 */
function pillPlaces(box, hasMark) {
  const left = -box.width / 2 + (hasMark ? 50 : 26);
  const right = box.width / 2 - 24;
  return {
    id: { x: left, y: -7 },
    share: { x: right, y: -7, 'text-anchor': 'end' },
    rate: { x: left, y: 16 },
    count: { x: right, y: 16, 'text-anchor': 'end' },
  };
}

/**
 * @param {boolean} isRound
 * @param {{width: number, height: number}} size
 * @param {number} grow
 * @param {string} name
 */
function shape(isRound, size, grow, name) {
  const element = isRound
    ? svg('circle', { r: size.width / 2 + grow })
    : pillShape(size, grow);
  element.classList.add(name);
  return element;
}

/**
 * @param {{width: number, height: number}} size
 * @param {number} grow
 */
function pillShape({ width, height }, grow) {
  return svg('rect', {
    x: -width / 2 - grow,
    y: -height / 2 - grow,
    width: width + 2 * grow,
    height: height + 2 * grow,
    rx: height / 2 + grow,
  });
}

/** @param {Box} box */
function playMark(box) {
  const x = -box.width / 2 + 28;
  return svg(
    'g',
    { class: 'mark', transform: `translate(${x} 0)` },
    svg('circle', { r: 13 }),
    svg('path', { d: 'M-3.5 -6 L6.5 0 L-3.5 6 Z' }),
  );
}

/**
 * Pills fill from the left, round nodes from below.
 * @param {NodeView} view
 * @param {number} share
 * @param {number} grain
 */
function updateFill(view, share, grain) {
  const { box, fill } = view;
  const isRound = view.node.role === 'message';
  const whole = isRound ? box.height : box.width;
  const filled = Math.round((Math.min(1, share) * whole) / grain) * grain;
  if (filled === view.filled) return;
  view.filled = filled;
  setAttribute(fill, isRound ? 'height' : 'width', String(filled));
  if (isRound) setAttribute(fill, 'y', String(box.height / 2 - filled));
}
