// node decode-tbl.mjs TBL.JS FOLDER: reads the documents of FOLDER/corpus with the page's reader.
//
// Writes what it reads, or that it refuses, to FOLDER/javascript.wide: see Transcript.swift. Prints what
// goes wrong otherwise, one line each, and exits with 1 if anything does.

import { readFileSync, writeFileSync } from 'node:fs';

const [reader, folder] = process.argv.slice(2);
const { decodeTbl, TblBytes, TblError, TblTable } = await import(reader);

const names = new Map(Object.entries({
  Int8Array: 'i8', Int16Array: 'i16', Int32Array: 'i32', BigInt64Array: 'i64',
  Uint8Array: 'u8', Uint16Array: 'u16', Uint32Array: 'u32', BigUint64Array: 'u64',
  Float32Array: 'f32', Float64Array: 'f64',
}));
const word = new DataView(new ArrayBuffer(8));

/** The bits of a double. */
function bits64(number) {
  if (Number.isNaN(number)) return 'nan';
  word.setFloat64(0, number);
  return word.getBigUint64(0).toString(16).padStart(16, '0');
}

/** The bits of a float. */
function bits32(number) {
  if (Number.isNaN(number)) return 'nan';
  word.setFloat32(0, number);
  return word.getUint32(0).toString(16).padStart(8, '0');
}

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** The lines of a value; `shape` is that of a vector which has more than one dimension. */
function* lines(value, indent, shape) {
  if (value === null) yield `${indent}nil`;
  else if (typeof value === 'boolean') yield `${indent}bool ${Number(value)}`;
  else if (typeof value === 'number') yield `${indent}number ${bits64(value)}`;
  else if (typeof value === 'bigint') yield `${indent}integer ${value}`;
  else if (typeof value === 'string') yield `${indent}string ${hex(value)}`;
  else if (value instanceof TblBytes) yield `${indent}bytes ${hex(value)}`;
  else if (value instanceof TblTable) yield* tableLines(value, indent);
  else if (Array.isArray(value)) yield* listLines(value, indent, shape ?? [value.length]);
  else yield numberLine(value, indent, shape ?? [value.length]);
}

function numberLine(vector, indent, shape) {
  const name = names.get(vector.constructor.name);
  const write = { f32: bits32, f64: bits64 }[name] ?? String;
  return `${indent}vector ${name} ${shape.join('x')}: ${Array.from(vector, write).join(' ')}`;
}

function* listLines(list, indent, shape, shapes) {
  yield `${indent}vector list ${shape.join('x')}`;
  for (const [index, element] of list.entries()) {
    yield* lines(element, `${indent} `, shapes?.get(index));
  }
}

function* tableLines(table, indent) {
  yield `${indent}table ${table.map.size}`;
  if (table.vector !== null) {
    yield `${indent}vector`;
    if (Array.isArray(table.vector)) {
      yield* listLines(table.vector, `${indent} `, table.shape, table.shapes);
    } else {
      yield numberLine(table.vector, `${indent} `, table.shape);
    }
  }
  for (const [key, value] of table.map) {
    yield `${indent}key ${hex(key)}`;
    yield* lines(value, `${indent} `, table.shapes.get(key));
  }
}

/** What the reader makes of one document. */
function transcript(source) {
  try {
    return `${[...lines(decodeTbl(source), '')].join('\n')}\n`;
  } catch (error) {
    if (error instanceof TblError) return 'refused\n';
    throw error;
  }
}

/** The documents of the corpus, without what stands behind each. */
function* documents(corpus) {
  for (let at = 0, part = 0; at < corpus.length; part += 1) {
    const end = at + 4 + corpus.readUInt32LE(at);
    if (part % 4 === 0) yield corpus.subarray(at + 4, end);
    at = end;
  }
}

const transcripts = [];
let isGood = true;
for (const bytes of documents(readFileSync(`${folder}/corpus`))) {
  try {
    // Both an aligned document and one at an odd address must be read alike.
    const [even, odd] = [0, 1].map((shift) => {
      const source = new Uint8Array(new ArrayBuffer(bytes.length + shift), shift);
      source.set(bytes);
      return transcript(shift === 0 ? source.buffer : source);
    });
    if (even !== odd) throw new Error('reads as something else at an odd address');
    transcripts.push('document\n', even);
  } catch (error) {
    isGood = false;
    console.log(`document ${transcripts.length / 2}: ${error}`);
    transcripts.push('document\n', 'failed\n');
  }
}
writeFileSync(`${folder}/javascript.wide`, transcripts.join(''));
console.log(`${transcripts.length / 2} documents`);
process.exitCode = isGood ? 0 : 1;
