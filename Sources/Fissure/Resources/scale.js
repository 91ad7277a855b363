// @ts-check
// Axes: round tick values for quantities and for times. Pure.

import { isBytes, prefixFor, shortUnit } from './format.js';

/**
 * @typedef {{low: number, high: number}} Domain
 * @typedef {{value: number, label: string}} Tick
 * @typedef {{domain: Domain, ticks: Tick[], unit: string}} Axis
 */

/**
 * An axis over `low...high`, widened to round numbers, with about `wanted` ticks.
 * @param {Domain} range
 * @param {{low: boolean, high: boolean}} fixed Ends that must stay as they are.
 * @param {string} unit
 * @param {number} wanted
 * @returns {Axis}
 */
export function quantityAxis(range, fixed, unit, wanted) {
  const { divisor, prefix } = prefixFor(Math.max(Math.abs(range.low), Math.abs(range.high)), unit);
  const [low, high] = [range.low / divisor, range.high / divisor];
  const span = high > low ? high - low : Math.max(1, Math.abs(high));
  const step = roundStep(span / wanted, isBytes(unit) && prefix !== '');
  const first = fixed.low ? low : Math.floor(low / step + 1e-9) * step;
  const last = fixed.high && high > low ? high : Math.ceil((low + span) / step - 1e-9) * step;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  /** @type {Tick[]} */
  const ticks = [];
  for (let i = Math.ceil(first / step - 1e-9); i * step <= last + step * 1e-9; i += 1) {
    const label = (i * step).toFixed(decimals).replace('-', '−');
    ticks.push({ value: i * step * divisor, label });
  }
  const domain = { low: first * divisor, high: last * divisor };
  return { domain, ticks, unit: prefix + shortUnit(unit) };
}

/** Spans that a time axis may have, with the distance of its ticks, in seconds. */
const spans = [
  { span: 30, step: 5 },
  { span: 60, step: 10 },
  { span: 120, step: 30 },
  { span: 300, step: 60 },
];

/**
 * The axis for data that reaches `seconds` back: the shortest span that holds it, at most five
 * minutes. Ticks count back from the latest sample.
 * @param {number} seconds
 * @param {number} mostTicks
 * @returns {{span: number, ticks: {age: number, label: string}[]}}
 */
export function timeAxis(seconds, mostTicks) {
  const { span, step } = spans.find((each) => seconds <= each.span) ?? spans[spans.length - 1];
  const every = Math.max(1, Math.ceil(span / step / Math.max(1, mostTicks))) * step;
  const ticks = [];
  for (let age = 0; age <= span; age += every) ticks.push({ age, label: ageLabel(age) });
  return { span, ticks };
}

/** @param {number} seconds */
function ageLabel(seconds) {
  if (seconds === 0) return 'latest';
  return seconds % 60 === 0 ? `−${seconds / 60} min` : `−${seconds} s`;
}

/**
 * The smallest of 1, 2, 5 (or, for bytes, 1, 2, 4) times a power that is at least `raw`.
 * @param {number} raw
 * @param {boolean} binary
 */
function roundStep(raw, binary) {
  const size = Math.max(raw, 1e-9);
  if (binary && size >= 1) return 2 ** Math.ceil(Math.log2(size));
  const power = 10 ** Math.floor(Math.log10(size));
  return ([1, 2, 5].find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10) * power;
}
