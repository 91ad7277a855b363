// @ts-check
// Bytes as offset, hexadecimal and characters. Pure.

const perLine = 16;

/**
 * @param {Uint8Array} bytes
 * @param {number} most Bytes to show at most.
 */
export function hexDump(bytes, most) {
  const end = Math.min(bytes.length, most);
  const lines = [];
  for (let offset = 0; offset < end; offset += perLine) {
    const row = Array.from(bytes.subarray(offset, Math.min(end, offset + perLine)));
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map(character).join('');
    lines.push(`${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * perLine)} ${text}`);
  }
  return lines.join('\n');
}

/** @param {number} byte */
function character(byte) {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
