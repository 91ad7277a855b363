// @ts-check
// Turns numbers into short words: counts, rates, shares, bytes, durations. Pure; one place decides
// how figures read.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const narrow = '\u202f'; // A thin space that does not break, between figure and unit.

/**
 * A number with at most `digits` significant digits where it is small, grouped where it is large.
 * @param {number} value
 * @param {number} [digits]
 */
export function plain(value, digits = 3) {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e15 || size < 1e-4) return minus(value.toExponential(Math.max(0, digits - 1)));
  if (size >= 10 ** (digits - 1)) return minus(grouped.format(Math.round(value)));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(trimZeros(value.toFixed(Math.min(decimals, 10))));
}

/**
 * A cumulative count: exact with groups below ten million, shortened above.
 * @param {number} value
 */
export function count(value) {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) < 1e7 ? grouped.format(value) : scaled(value);
}

/**
 * A frequency in events per second.
 * @param {number} perSecond
 */
export function rate(perSecond) {
  if (!Number.isFinite(perSecond)) return `–${narrow}/s`;
  if (perSecond > 0 && perSecond < 0.05) return `<${narrow}0.1${narrow}/s`;
  if (perSecond < 9.95) return `${trimZeros(perSecond.toFixed(1))}${narrow}/s`;
  if (perSecond < 9999.5) return `${grouped.format(perSecond)}${narrow}/s`;
  return `${scaled(perSecond)}/s`;
}

/**
 * A share, where 1 is the whole.
 * @param {number} share
 */
export function percent(share) {
  if (!Number.isFinite(share)) return `–${narrow}%`;
  const value = share * 100;
  if (value > 0 && value < 0.05) return `<${narrow}0.1${narrow}%`;
  return `${value < 9.95 ? trimZeros(value.toFixed(1)) : grouped.format(value)}${narrow}%`;
}

/**
 * A size in bytes with binary prefixes.
 * @param {number} value
 */
export function bytes(value) {
  const { divisor, prefix } = prefixFor(Math.abs(value), 'B');
  return `${plain(value / divisor)}${narrow}${prefix}B`;
}

/**
 * A span of time in words, coarser the longer it is.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const size = Math.abs(seconds);
  if (size < 1e-6) return `${plain(size * 1e9)}${narrow}ns`;
  if (size < 1e-3) return `${plain(size * 1e6)}${narrow}µs`;
  if (size < 1) return `${plain(size * 1e3)}${narrow}ms`;
  if (size < 60) return `${size < 10 ? trimZeros(size.toFixed(1)) : Math.floor(size)}${narrow}s`;
  return coarse(size);
}

/**
 * A span of time to the second, or finer below ten seconds.
 * @param {number} seconds
 */
export function exactDuration(seconds) {
  if (seconds < 60) return duration(seconds);
  const whole = Math.round(seconds);
  const rest = whole % 60 === 0 ? '' : ` ${whole % 60}${narrow}s`;
  return `${Math.floor(whole / 60)}${narrow}min${rest}`;
}

/**
 * How long ago something was, in whole units so that it does not flicker.
 * @param {number} seconds
 */
export function ago(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'just now';
  return seconds < 60 ? `${Math.floor(seconds)}${narrow}s ago` : `${coarse(seconds)} ago`;
}

/**
 * A moment of the day.
 * @param {number} milliseconds Since the Unix epoch.
 */
export function clock(milliseconds) {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return '–';
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/**
 * A count with its noun in singular or plural.
 * @param {number} value
 * @param {string} noun
 * @param {string} [plural]
 */
export function counted(value, noun, plural = `${noun}s`) {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/**
 * Divisor and prefix that bring values up to `largest` into a readable range for `unit`:
 * powers of 1024 for bytes, powers of 1000 for the rest, none for percentages.
 * @param {number} largest
 * @param {string} unit
 * @returns {{divisor: number, prefix: string}}
 */
export function prefixFor(largest, unit) {
  if (isBytes(unit)) return step(largest, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']);
  if (unit === '%' || largest < 10000) return { divisor: 1, prefix: '' };
  return step(largest, 1000, ['', 'k', 'M', 'G', 'T', 'P']);
}

/**
 * A value with its unit, prefixed as needed.
 * @param {number} value
 * @param {string} unit
 */
export function quantity(value, unit) {
  if (Number.isNaN(value)) return '–';
  const { divisor, prefix } = prefixFor(Math.abs(value), unit);
  const figure = plain(value / divisor);
  const suffix = prefix + shortUnit(unit);
  return suffix === '' ? figure : `${figure}${narrow}${suffix}`;
}

/**
 * The unit as printed after a prefix: `bytes/s` reads `B/s`.
 * @param {string} unit
 */
export function shortUnit(unit) {
  return unit.replace(/^bytes?\b/, 'B');
}

/** @param {string} unit */
export function isBytes(unit) {
  return /^(B|bytes?)(\/s)?$/.test(unit);
}

/**
 * Text cut to `length` characters with an ellipsis.
 * @param {string} text
 * @param {number} length
 */
export function shortened(text, length) {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}

/** @param {number} seconds */
function coarse(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${narrow}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${narrow}h ${minutes % 60}${narrow}min`;
  return `${Math.floor(hours / 24)}${narrow}days`;
}

/** @param {number} value */
function scaled(value) {
  const { divisor, prefix } = step(Math.abs(value), 1000, ['', 'k', 'M', 'G', 'T', 'P']);
  return `${plain(value / divisor)}${narrow}${prefix}`;
}

/**
 * @param {number} largest
 * @param {number} base
 * @param {string[]} prefixes
 */
function step(largest, base, prefixes) {
  let divisor = 1;
  let index = 0;
  while (index < prefixes.length - 1 && largest / divisor >= base) {
    divisor *= base;
    index += 1;
  }
  return { divisor, prefix: prefixes[index] };
}

/** @param {string} text */
function trimZeros(text) {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** @param {string} text */
function minus(text) {
  return text.replace('-', '−');
}

/** @param {number} value */
function twoDigits(value) {
  return String(value).padStart(2, '0');
}
