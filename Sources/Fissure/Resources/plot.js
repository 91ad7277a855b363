// @ts-check
// A line plot on a canvas: axes with units, a legend that hides and shows series, and a read-out
// that pointer or arrow keys move. While a read-out is shown the legend gives the values there,
// else the latest ones. A plot out of sight draws nothing.

import { html, reconcile, setAttribute, setText } from './dom.js';
import { clock, exactDuration, quantity } from './format.js';
import { quantityAxis, timeAxis } from './scale.js';
import { extent, firstIndex, nearestIndex, trace } from './trace.js';

/**
 * @typedef {import('./drawables.js').Plot} Plot
 * @typedef {import('./drawables.js').Series} Series
 * @typedef {{left: number, top: number, width: number, height: number}} Area
 * @typedef {{name: string, value: string, colour: string, dash: number}} LegendItem
 */

const longest = 300;
const palette = 8;
const dashes = [[], [6, 3], [2, 3]];
const font = '11px system-ui, sans-serif';
/** Times from here on are seconds since the Unix epoch, below they are relative. */
const epochFrom = 1e8;

export class PlotView {
  /** @type {Plot | null} */
  #plot = null;
  /**
   * How far back the read-out stands, in seconds; `null` without one.
   * @type {number | null}
   */
  #age = null;
  #span = longest;
  #seen = true;
  /** @type {Area} */
  #area = { left: 0, top: 0, width: 1, height: 1 };
  /** @type {Set<string>} */
  #hidden = new Set();
  #title = html('h3');
  #unit = html('span', { class: 'unit' });
  #moment = html('span', { class: 'moment' });
  #canvas = html('canvas', { 'aria-hidden': 'true' });
  #field = html(
    'div',
    {
      class: 'field',
      role: 'slider',
      tabindex: 0,
      'aria-valuemin': -longest,
      'aria-valuemax': 0,
      'aria-valuenow': 0,
    },
    this.#canvas,
  );
  #legend = html('ul', { class: 'legend' });
  #onAge;

  /** @param {(age: number | null) => void} onAge Told where the user moves the read-out. */
  constructor(onAge) {
    this.#onAge = onAge;
    const caption = html('figcaption', {}, this.#title, this.#unit, this.#moment);
    this.element = html('figure', { class: 'card plot' }, caption, this.#field, this.#legend);
    const field = this.#field;
    field.addEventListener('pointermove', (event) => this.#onAge(this.#ageAt(event.offsetX)));
    field.addEventListener('pointerleave', () => this.#onAge(null));
    field.addEventListener('keydown', (event) => this.#keyDown(event));
    field.addEventListener('focus', () => this.#announce());
    field.addEventListener('blur', () => this.#onAge(null));
    this.#legend.addEventListener('click', (event) => this.#toggle(event.target));
    new ResizeObserver(() => this.#draw()).observe(field);
    new IntersectionObserver((entries) => {
      this.#seen = entries.some((entry) => entry.isIntersecting);
      this.#draw();
    }).observe(field);
  }

  /** @param {Plot} plot */
  update(plot) {
    this.#plot = plot;
    setText(this.#title, plot.title);
    setAttribute(this.#field, 'aria-label', `${plot.title}: read-out by arrow keys`);
    this.#draw();
  }

  /** @param {number | null} age */
  showAt(age) {
    if (age === this.#age) return;
    this.#age = age;
    this.#draw();
    if (document.activeElement === this.#field) this.#announce();
  }

  /** Draws again in the present colours. */
  redraw() {
    this.#draw();
  }

  #draw() {
    const plot = this.#plot;
    const { clientWidth: width, clientHeight: height } = this.#field;
    if (!plot || !this.#seen || width === 0) return;
    const context = this.#prepare(width, height);
    if (!context) return;
    const style = getComputedStyle(this.#field);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name).trim();
    const latest = plot.time.length > 0 ? plot.time[plot.time.length - 1] : 0;
    const reach = plot.time.length > 0 ? latest - plot.time[0] : 0;
    const times = timeAxis(reach, width / 70);
    this.#span = times.span;
    const first = Math.max(0, firstIndex(plot.time, latest - times.span) - 1);
    const axis = quantityAxis(...this.#range(plot, first), plot.unit, height / 36);
    const area = this.#layOut(context, axis, width, height);
    const { low, high } = axis.domain;
    /** @param {number} value */
    const y = (value) => area.top + area.height * (1 - (value - low) / (high - low));
    /** @param {number} time */
    const x = (time) => area.left + area.width * (1 - (latest - time) / times.span);
    drawGrid(context, area, axis, times, { x: (age) => x(latest - age), y }, colour);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top - 2, area.width + 2, area.height + 4);
    context.clip();
    context.lineWidth = plot.series.length > palette ? 1.1 : 1.6;
    plot.series.forEach((series, index) => {
      if (this.#hidden.has(series.name)) return;
      context.strokeStyle = colour(colourName(index));
      context.setLineDash(dashOf(index));
      context.beginPath();
      trace(context, plot.time, series.values, first, x, y);
      context.stroke();
    });
    context.restore();
    setText(this.#unit, axis.unit);
    this.#drawReadOut(context, plot, latest, x, y, colour);
  }

  /**
   * The canvas in device pixels, cleared.
   * @param {number} width
   * @param {number} height
   */
  #prepare(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== across) this.#canvas.width = across;
    if (this.#canvas.height !== down) this.#canvas.height = down;
    const context = this.#canvas.getContext('2d');
    if (!context) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = font;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    return context;
  }

  /**
   * The range to show, and which ends the plot fixes.
   * @param {Plot} plot
   * @param {number} first
   * @returns {[{low: number, high: number}, {low: boolean, high: boolean}]}
   */
  #range(plot, first) {
    let [low, high] = [Infinity, -Infinity];
    for (const { name, values } of plot.series) {
      const range = this.#hidden.has(name) ? null : extent(values, first);
      low = Math.min(low, range?.low ?? Infinity);
      high = Math.max(high, range?.high ?? -Infinity);
    }
    if (low > high) [low, high] = [0, 1];
    const floor = plot.minimum ?? (low >= 0 ? 0 : low);
    const ceiling = plot.maximum ?? high;
    const fixed = {
      low: plot.minimum !== null && low >= floor,
      high: plot.maximum !== null && high <= ceiling,
    };
    return [{ low: Math.min(floor, low), high: Math.max(ceiling, high) }, fixed];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import('./scale.js').Axis} axis
   * @param {number} width
   * @param {number} height
   */
  #layOut(context, axis, width, height) {
    const labels = axis.ticks.map((tick) => context.measureText(tick.label).width);
    const left = Math.ceil(Math.max(18, ...labels)) + 10;
    this.#area = { left, top: 8, width: width - left - 8, height: height - 8 - 22 };
    return this.#area;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Plot} plot
   * @param {number} latest
   * @param {(time: number) => number} x
   * @param {(value: number) => number} y
   * @param {(name: string) => string} colour
   */
  #drawReadOut(context, plot, latest, x, y, colour) {
    const end = plot.time.length - 1;
    const index = this.#age === null ? end : nearestIndex(plot.time, latest - this.#age);
    this.#drawLegend(plot, index);
    if (this.#age === null || index < 0) {
      setText(this.#moment, '');
      return;
    }
    const at = x(plot.time[index]);
    setText(this.#moment, momentLabel(plot.time[index], latest));
    context.setLineDash([]);
    context.lineWidth = 1;
    context.strokeStyle = colour('--muted');
    context.beginPath();
    context.moveTo(at, this.#area.top);
    context.lineTo(at, this.#area.top + this.#area.height);
    context.stroke();
    plot.series.forEach(({ name, values }, i) => {
      if (this.#hidden.has(name) || Number.isNaN(values[index])) return;
      context.fillStyle = colour(colourName(i));
      context.beginPath();
      context.arc(at, y(values[index]), 3, 0, 2 * Math.PI);
      context.fill();
    });
  }

  /**
   * @param {Plot} plot
   * @param {number} index The sample whose values the legend shows.
   */
  #drawLegend(plot, index) {
    const items = plot.series.map((series, i) => ({
      name: series.name,
      value: index < 0 ? '–' : quantity(series.values[index], plot.unit),
      colour: colourName(i),
      dash: dashOf(i).length,
    }));
    reconcile(
      this.#legend,
      items,
      (item) => item.name,
      makeLegendItem,
      (element, item) => {
        const [button] = element.children;
        setAttribute(button, 'aria-pressed', String(!this.#hidden.has(item.name)));
        setText(button.children[2], item.value);
      },
    );
  }

  /** @param {EventTarget | null} target */
  #toggle(target) {
    const button = target instanceof Element ? target.closest('button') : null;
    const name = button?.children[1].textContent;
    if (!name) return;
    if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#draw();
  }

  /** @param {number} pixel */
  #ageAt(pixel) {
    const { left, width } = this.#area;
    return Math.min(1, Math.max(0, 1 - (pixel - left) / width)) * this.#span;
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const step = this.#span / 100;
    const age = this.#age ?? 0;
    /** @type {Record<string, number | null>} */
    const moves = {
      ArrowLeft: age + step,
      ArrowDown: age + step,
      ArrowRight: age - step,
      ArrowUp: age - step,
      PageDown: age + 10 * step,
      PageUp: age - 10 * step,
      Home: this.#span,
      End: 0,
      Escape: null,
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = moves[event.key];
    this.#onAge(next === null ? null : Math.min(this.#span, Math.max(0, next)));
  }

  /** Says the read-out to assistive technology, when the user moved it, not with each sample. */
  #announce() {
    const age = this.#age ?? 0;
    const values = [...this.#legend.children].map((item) => {
      const [, name, value] = item.children[0].children;
      return `${name.textContent} ${value.textContent}`;
    });
    const when = age === 0 ? 'latest' : `${exactDuration(age)} before`;
    setAttribute(this.#field, 'aria-valuemin', String(-this.#span));
    setAttribute(this.#field, 'aria-valuenow', String(-Math.round(age * 10) / 10));
    setAttribute(this.#field, 'aria-valuetext', `${when}: ${values.join(', ')}`);
  }
}

/** @param {LegendItem} item */
function makeLegendItem(item) {
  const swatch = html('span', { class: 'swatch' });
  swatch.style.setProperty('--colour', `var(${item.colour})`);
  swatch.classList.toggle('dashed', item.dash > 0);
  const name = html('span', { class: 'name' }, item.name);
  const value = html('span', { class: 'value' });
  return html('li', {}, html('button', { type: 'button' }, swatch, name, value));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {import('./scale.js').Axis} axis
 * @param {ReturnType<typeof timeAxis>} times
 * @param {{x: (age: number) => number, y: (value: number) => number}} place
 * @param {(name: string) => string} colour
 */
function drawGrid(context, area, axis, times, place, colour) {
  const bottom = area.top + area.height;
  context.fillStyle = colour('--muted');
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  context.beginPath();
  for (const { value, label } of axis.ticks) {
    const y = Math.round(place.y(value)) + 0.5;
    context.moveTo(area.left, y);
    context.lineTo(area.left + area.width, y);
    context.fillText(label, area.left - 8, y);
  }
  context.textBaseline = 'top';
  for (const { age, label } of times.ticks) {
    const x = Math.round(place.x(age)) + 0.5;
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 4);
    context.textAlign = age === 0 ? 'right' : 'center';
    context.fillText(label, x, bottom + 8);
  }
  context.stroke();
}

/** @param {number} index */
function colourName(index) {
  return `--series-${(index % palette) + 1}`;
}

/** @param {number} index */
function dashOf(index) {
  return dashes[Math.floor(index / palette) % dashes.length];
}

/**
 * @param {number} time
 * @param {number} latest
 */
function momentLabel(time, latest) {
  const age = latest - time;
  const relative = age < 0.05 ? 'latest' : `${exactDuration(age)} before`;
  return time >= epochFrom ? `${clock(time * 1000)} · ${relative}` : relative;
}
