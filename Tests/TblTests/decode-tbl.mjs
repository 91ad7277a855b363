// node decode-tbl.mjs TBL.JS FOLDER: decodes every FOLDER/N.tbl with the page's reader.
//
// Beside N.tbl stands N.json, what `Tbl.json` prints, when the document is valid: decoding must
// give the same. Otherwise the reader must throw a TblError or give some table. Prints what
// differs, one line each, and exits with 1 if anything does.

import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const [reader, folder] = process.argv.slice(2);
const { decodeTbl, TblBytes, TblError, TblTable } = await import(reader);

/** JSON with integers beyond 2^53 as bigints: every such literal becomes {"$integer": text}. */
function parse(text) {
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const marked = text.replace(token, (literal) => (
    /^-?\d{16,}$/.test(literal) ? `{"$integer":"${literal}"}` : literal));
  return JSON.parse(marked, (_, value) => {
    if (typeof value?.$integer !== 'string') return value;
    const integer = BigInt(value.$integer);
    const isSafe = integer <= 2n ** 53n && integer >= -(2n ** 53n);
    return isSafe ? Number(integer) : integer;
  });
}

/** What `parse` gives for the JSON of a decoded value. */
function plain(value, shape) {
  if (value instanceof TblTable) return plainTable(value);
  if (value instanceof TblBytes) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const all = Array.from(/** @type {any} */ (value), (element) => plain(element));
    return all.length === 0 ? [] : nest(all, shape ?? [all.length]);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value;
}

function nest(elements, shape) {
  if (shape.length < 2) return elements;
  const step = elements.length / shape[0];
  return Array.from({ length: shape[0] }, (_, index) => (
    nest(elements.slice(index * step, (index + 1) * step), shape.slice(1))));
}

function plainTable(table) {
  const vector = table.vector === null ? undefined : plain(table.vector, table.shape);
  if (vector !== undefined && table.map.size === 0) return vector;
  const result = vector === undefined ? [] : [['$vector', vector]];
  for (const [key, value] of table.map) {
    result.push([key.startsWith('$') ? `$${key}` : key, plain(value, table.shapes.get(key))]);
  }
  return Object.fromEntries(result);
}

/** Integers of vectors as numbers, when the vector is a BigInt64Array for its other elements. */
function shrink(value) {
  if (typeof value === 'bigint' && value <= 2n ** 53n && value >= -(2n ** 53n)) return Number(value);
  if (Array.isArray(value)) return value.map(shrink);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shrink(member)]));
}

let documents = 0;
let isGood = true;
for (const name of readdirSync(folder).filter((file) => file.endsWith('.tbl'))) {
  documents += 1;
  const bytes = readFileSync(`${folder}/${name}`);
  const expected = `${folder}/${name.replace(/tbl$/, 'json')}`;
  const isValid = existsSync(expected);
  // Both an aligned document and one at an odd address must decode alike.
  for (const shift of [0, 1]) {
    const buffer = new ArrayBuffer(bytes.length + shift);
    const source = new Uint8Array(buffer, shift);
    source.set(bytes);
    try {
      const table = decodeTbl(shift === 0 ? buffer : source);
      if (!isValid) continue;
      const found = shrink(plain(table));
      if (!isDeepStrictEqual(found, parse(readFileSync(expected, 'utf8')))) {
        isGood = false;
        console.log(`${name}: decodes to something else`);
      }
    } catch (error) {
      if (isValid || !(error instanceof TblError)) {
        isGood = false;
        console.log(`${name}: ${error}`);
      }
    }
  }
}
console.log(`${documents} documents`);
process.exitCode = isGood ? 0 : 1;
