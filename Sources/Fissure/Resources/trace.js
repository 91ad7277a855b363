// @ts-check
// Turns one series into a line on a canvas. Where several samples share a pixel column, the line
// goes through the least and the greatest of them, so that no peak is lost. NaN leaves a gap.

/**
 * @param {CanvasRenderingContext2D} context With `beginPath` called.
 * @param {ArrayLike<number>} time
 * @param {ArrayLike<number>} values
 * @param {number} first Index of the first sample to draw.
 * @param {(time: number) => number} x
 * @param {(value: number) => number} y
 */
export function trace(context, time, values, first, x, y) {
  let column = -1;
  let isOpen = false;
  let [least, greatest, last] = [0, 0, 0];
  const flush = () => {
    if (column < 0) return;
    if (isOpen) context.lineTo(column, y(least));
    else context.moveTo(column, y(least));
    context.lineTo(column, y(greatest));
    context.lineTo(column, y(last));
    isOpen = true;
    column = -1;
  };
  for (let i = first; i < time.length; i += 1) {
    const value = values[i];
    if (Number.isNaN(value)) {
      flush();
      isOpen = false;
      continue;
    }
    const at = Math.round(x(time[i]) * 2) / 2;
    if (at !== column) {
      flush();
      column = at;
      least = value;
      greatest = value;
    }
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    last = value;
  }
  flush();
}

/**
 * Least and greatest value of `values` from index `first` on; `null` where there is none.
 * @param {ArrayLike<number>} values
 * @param {number} first
 */
export function extent(values, first) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = first; i < values.length; i += 1) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? { low, high } : null;
}

/**
 * The first index whose time is at least `moment`; `time` ascends.
 * @param {ArrayLike<number>} time
 * @param {number} moment
 */
export function firstIndex(time, moment) {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The index whose time is nearest to `moment`, or -1 without samples.
 * @param {ArrayLike<number>} time
 * @param {number} moment
 */
export function nearestIndex(time, moment) {
  if (time.length === 0) return -1;
  const next = Math.min(firstIndex(time, moment), time.length - 1);
  const before = Math.max(0, next - 1);
  return moment - time[before] < time[next] - moment ? before : next;
}
