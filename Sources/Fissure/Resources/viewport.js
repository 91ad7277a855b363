// @ts-check
// Pan and zoom of a drawing: wheel, drag, two fingers, and calls for buttons and keys. The drawing
// is one group inside an SVG; only that group's transform changes.

import { setAttribute } from './dom.js';

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Rectangle
 * @typedef {{x: number, y: number, scale: number}} View Offset in pixels, then scale.
 */

const least = 0.03;
const greatest = 3;
const margin = 28;
/** Room below for the buttons that lie over the drawing. */
const bottomMargin = 52;
const clickSlop = 4;
const wheelStep = 0.0016;

export class Viewport {
  /** @type {View} */
  view = { x: 0, y: 0, scale: 1 };
  /** Whether the user moved the view, so that it no longer follows the window. */
  moved = false;
  /** @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();
  #dragging = false;
  #start = { x: 0, y: 0 };
  #svg;
  #world;
  #onChange;

  /**
   * @param {SVGSVGElement} svg
   * @param {SVGGElement} world
   * @param {(view: View) => void} onChange
   */
  constructor(svg, world, onChange) {
    this.#svg = svg;
    this.#world = world;
    this.#onChange = onChange;
    svg.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    svg.addEventListener('pointerdown', (event) => this.#pointerDown(event));
    svg.addEventListener('pointermove', (event) => this.#pointerMove(event));
    svg.addEventListener('pointerup', (event) => this.#pointerEnd(event));
    svg.addEventListener('pointercancel', (event) => this.#pointerEnd(event));
    svg.addEventListener('click', (event) => this.#click(event), { capture: true });
  }

  /** The visible part of the drawing, in its own units. */
  get visible() {
    const { x, y, scale } = this.view;
    const { width, height } = this.#size();
    return {
      left: -x / scale,
      top: -y / scale,
      right: (width - x) / scale,
      bottom: (height - y) / scale,
    };
  }

  /**
   * Shows all of `content`, enlarged at most to `largest`.
   * @param {Rectangle} content
   * @param {number} [largest]
   */
  fit(content, largest = 1.15) {
    const { width, height } = this.#size();
    const across = content.right - content.left;
    const down = content.bottom - content.top;
    const room = {
      x: Math.max(1, width - 2 * margin),
      y: Math.max(1, height - margin - bottomMargin),
    };
    const scale = clamp(Math.min(room.x / across, room.y / down, largest), least, greatest);
    this.moved = false;
    this.#set({
      scale,
      x: (width - (content.left + content.right) * scale) / 2,
      y: (height + margin - bottomMargin - (content.top + content.bottom) * scale) / 2,
    });
  }

  /**
   * Zooms about the middle.
   * @param {number} factor
   */
  zoom(factor) {
    const { width, height } = this.#size();
    this.#zoomAbout(width / 2, height / 2, factor);
  }

  /**
   * Moves the drawing by pixels.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.moved = true;
    this.#set({ ...this.view, x: this.view.x + dx, y: this.view.y + dy });
  }

  /**
   * Moves the drawing as little as needed to show `part`.
   * @param {Rectangle} part
   */
  reveal(part) {
    const { scale, x, y } = this.view;
    const { width, height } = this.#size();
    const dx = inward(part.left * scale + x, part.right * scale + x, width);
    const dy = inward(part.top * scale + y, part.bottom * scale + y, height);
    if (dx !== 0 || dy !== 0) this.pan(dx, dy);
  }

  #size() {
    return { width: this.#svg.clientWidth, height: this.#svg.clientHeight };
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} factor
   */
  #zoomAbout(x, y, factor) {
    const scale = clamp(this.view.scale * factor, least, greatest);
    const ratio = scale / this.view.scale;
    this.moved = true;
    this.#set({ scale, x: x - (x - this.view.x) * ratio, y: y - (y - this.view.y) * ratio });
  }

  /** @param {View} view */
  #set(view) {
    this.view = view;
    const transform = `translate(${view.x} ${view.y}) scale(${view.scale})`;
    setAttribute(this.#world, 'transform', transform);
    this.#onChange(view);
  }

  /**
   * The wheel zooms once the graph has the focus, or with Ctrl; else it scrolls the page.
   * @param {WheelEvent} event
   */
  #wheel(event) {
    const meant = event.ctrlKey || event.metaKey || this.#svg.matches(':focus, :focus-within');
    if (!meant) return;
    event.preventDefault();
    const box = this.#svg.getBoundingClientRect();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    const factor = Math.exp(-pixels * wheelStep * (event.ctrlKey ? 4 : 1));
    this.#zoomAbout(event.clientX - box.left, event.clientY - box.top, factor);
  }

  /** @param {PointerEvent} event */
  #pointerDown(event) {
    if (event.button !== 0) return;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.#start = { x: event.clientX, y: event.clientY };
    this.#dragging = false;
  }

  /** @param {PointerEvent} event */
  #pointerMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const far = Math.hypot(event.clientX - this.#start.x, event.clientY - this.#start.y);
    if (!this.#dragging && far < clickSlop) return;
    if (!this.#dragging) {
      this.#dragging = true;
      this.#svg.setPointerCapture(event.pointerId);
      this.#svg.classList.add('dragging');
    }
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    const now = { x: event.clientX, y: event.clientY };
    this.#pointers.set(event.pointerId, now);
    if (other) this.#pinch(before, now, other);
    else this.pan(now.x - before.x, now.y - before.y);
  }

  /**
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} now
   * @param {{x: number, y: number}} other The finger at rest.
   */
  #pinch(before, now, other) {
    const spread = Math.hypot(before.x - other.x, before.y - other.y);
    const box = this.#svg.getBoundingClientRect();
    const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, spread);
    this.#zoomAbout((now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top, factor);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  /** @param {PointerEvent} event */
  #pointerEnd(event) {
    this.#pointers.delete(event.pointerId);
    this.#svg.classList.remove('dragging');
  }

  /**
   * A drag is no click.
   * @param {MouseEvent} event
   */
  #click(event) {
    if (this.#dragging) event.stopPropagation();
    this.#dragging = false;
  }
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/**
 * How far to move `begin...end` so that it lies within `0...size`.
 * @param {number} begin
 * @param {number} end
 * @param {number} size
 */
function inward(begin, end, size) {
  if (begin < margin) return margin - begin;
  return end > size - margin ? Math.max(size - margin - end, margin - begin) : 0;
}
