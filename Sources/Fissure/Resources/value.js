// @ts-check
// What a value of the store is, from its type and its bytes. Pure.

import { decodeTbl, TblBytes, TblTable } from './tbl.js';

/**
 * @typedef {{kind: 'tbl', table: TblTable} | {kind: 'json', json: unknown}
 *   | {kind: 'text', text: string} | {kind: 'bytes', reason: string}
 *   | {kind: 'withheld', reason: string}} Content
 *   `reason` says why bytes that claim another type are shown raw, empty for plain bytes; or why the
 *   server does not send them.
 *
 * @typedef {object} StoredValue
 * @property {string} key
 * @property {string} type The type's name.
 * @property {string} generation
 * @property {Uint8Array} bytes
 * @property {Content} content
 */

/**
 * Decodes by the type's name; bytes that are not what they claim to be stay bytes, with the reason.
 * @param {string} key
 * @param {string} type
 * @param {string} generation
 * @param {ArrayBuffer} buffer
 * @returns {StoredValue}
 */
export function decodeValue(key, type, generation, buffer) {
  const bytes = new Uint8Array(buffer);
  return { key, type, generation, bytes, content: contentOf(type, bytes) };
}

/**
 * A value that the server does not send, with its words.
 * @param {string} key
 * @param {string} type
 * @param {string} generation
 * @param {string} reason
 * @returns {StoredValue}
 */
export function withheldValue(key, type, generation, reason) {
  return { key, type, generation, bytes: new Uint8Array(), content: { kind: 'withheld', reason } };
}

/**
 * @param {string} type
 * @param {Uint8Array} bytes
 * @returns {Content}
 */
function contentOf(type, bytes) {
  try {
    if (type === 'tbl') return { kind: 'tbl', table: decodeTbl(bytes) };
    if (type === 'json') return { kind: 'json', json: JSON.parse(utf8(bytes)) };
    if (type === 'utf8') return { kind: 'text', text: utf8(bytes) };
    return { kind: 'bytes', reason: '' };
  } catch (error) {
    return { kind: 'bytes', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** @param {Uint8Array} bytes */
function utf8(bytes) {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/**
 * Whether `value` is a vector of numbers.
 * @param {unknown} value
 * @returns {value is import('./tbl.js').TblNumbers}
 */
export function isNumbers(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof TblBytes);
}
