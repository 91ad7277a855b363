// @ts-check
// Reads tbl documents (Documentation/TblFormat.md).
//
// What a document decodes to:
//
//   table            -> TblTable: `map` (Map from key to value, in document order), `vector`
//                       (the table's own vector or null), `shape`, `shapes`
//   nil, bool        -> null, boolean
//   i8...u32, floats -> number
//   i64, u64         -> number when |value| <= 2^53, else bigint
//   string           -> string
//   bytes            -> TblBytes (a Uint8Array that can be told from a vector of u8)
//   vectors          -> Int8Array ... Float64Array over the document's own buffer;
//                       f16 as Float32Array; i64 and u64 as Float64Array, or as BigInt64Array and
//                       BigUint64Array when an element lies beyond 2^53; boolean[], string[],
//                       TblBytes[], TblTable[], and an array of values for mixed ones
//
// Every region of a document must begin exactly where the one before it ends, so a hostile document
// can neither point outside, nor share a child, nor form a cycle: decoding takes linear time or
// throws a TblError. Key hashes and the hash index are for lookups in place; this reader, which
// decodes into a Map, ignores them.

/**
 * @typedef {Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array
 *   | Float32Array | Float64Array | BigInt64Array | BigUint64Array} TblNumbers
 * @typedef {TblNumbers | boolean[] | string[] | TblBytes[] | TblTable[] | unknown[]} TblVector
 * @typedef {null | boolean | number | bigint | string | TblBytes | TblTable | TblVector} TblValue
 */

const magic = 0x1a4c4254; // The bytes "TBL" and 0x1A.
const headerBytes = 32;
const entryBytes = 24;
const elementBytes = 16;
const largestLinearCount = 8;
const largestRank = 8;
/** The feature of a table that has a vector with strides. */
const stridesFeature = 1;

/** Type codes; a vector's code is its element's code plus `vectorBit`. */
const code = Object.freeze({
  nil: 0x00, bool: 0x01, string: 0x04, bytes: 0x05, table: 0x06, value: 0x07,
  i8: 0x10, i16: 0x11, i32: 0x12, i64: 0x13,
  u8: 0x20, u16: 0x21, u32: 0x22, u64: 0x23,
  f16: 0x31, f32: 0x32, f64: 0x33,
});
const vectorBit = 0x80;

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const largestSafe = 2n ** 53n;

/** A document that is damaged, cut short, or of another version. */
export class TblError extends Error {
  /**
   * @param {string} reason
   * @param {number} offset the byte in the outermost document
   */
  constructor(reason, offset) {
    super(`tbl: byte ${offset}: ${reason}`);
    this.name = 'TblError';
    this.offset = offset;
  }
}

/** Bytes as a single value, over the document's own buffer. */
export class TblBytes extends Uint8Array {}

/** One table: a map in document order and, if it has one, a vector of its own. */
export class TblTable {
  constructor() {
    /** @type {Map<string, TblValue>} */
    this.map = new Map();
    /** @type {TblVector | null} */
    this.vector = null;
    /**
     * Shape of `vector`; empty without one.
     * @type {number[]}
     */
    this.shape = [];
    /**
     * Shapes of the vectors that have more than one dimension: of those in `map` by key, of those
     * among the values of `vector` by index.
     * @type {Map<string | number, number[]>}
     */
    this.shapes = new Map();
  }

  /**
   * The value at a path of keys, or undefined where a key is absent: `table.get('nodes', 'id')`.
   * @param {...string} path
   * @returns {TblValue | undefined}
   */
  get(...path) {
    /** @type {TblValue | undefined} */
    let value = this;
    for (const key of path) {
      if (!(value instanceof TblTable)) return undefined;
      value = value.map.get(key);
    }
    return value;
  }

  /**
   * The table at a path of keys; an empty one where there is none.
   * @param {...string} path
   * @returns {TblTable}
   */
  table(...path) {
    const value = this.get(...path);
    return value instanceof TblTable ? value : new TblTable();
  }

  /**
   * The vector at a path of keys as plain array-like; an empty one where there is none.
   * @param {...string} path
   * @returns {ArrayLike<any>}
   */
  list(...path) {
    const value = this.get(...path);
    if (value instanceof TblBytes) return [];
    return Array.isArray(value) || ArrayBuffer.isView(value) ? /** @type {any} */ (value) : [];
  }
}

/**
 * Decodes one whole document. Vectors of numbers share its buffer where that is aligned.
 * @param {ArrayBuffer | Uint8Array} source exactly one document
 * @returns {TblTable}
 * @throws {TblError} when the bytes are not one well-formed document
 */
export function decodeTbl(source) {
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new TableReader(view, 0, view.byteLength, 256).read();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param {number} offset @param {number} alignment a power of two, at most 8 */
const alignUp = (offset, alignment) => Math.ceil(offset / alignment) * alignment;

/**
 * Slots of the hash index of a map with `count` entries.
 * @param {number} count
 */
function slotCount(count) {
  if (count <= largestLinearCount) return 0;
  let slots = 2;
  while (slots < 2 * count) slots *= 2;
  return slots;
}

/** Decodes the table at `start`; `cursor` is the first byte that no region has used yet. */
class TableReader {
  /**
   * @param {DataView} view the outermost document
   * @param {number} start
   * @param {number} size bytes that the table must fill exactly
   * @param {number} heightLimit the table's height must be below this
   */
  constructor(view, start, size, heightLimit) {
    this.view = view;
    this.start = start;
    this.size = size;
    this.heightLimit = heightLimit;
    this.cursor = headerBytes;
    this.heapEnd = 0;
    this.height = 0;
    this.tallestChild = -1;
    this.hasStrides = false;
  }

  /** @returns {TblTable} */
  read() {
    const count = this.readHeader();
    const entries = this.heapEnd;
    const table = new TblTable();
    const own = this.u8(20);
    if (own !== code.nil) {
      this.expect(own >= vectorBit, 'the own vector is not a vector', 20);
      table.vector = /** @type {TblVector} */ (this.readValue(20, table.shapes));
      table.shape = this.readShape(20);
      this.skip(alignUp(this.cursor, 8));
    } else {
      this.expect(this.word(20) === 0 && this.word(24) === 0 && this.word(28) === 0,
        'a nil vector must be all zero', 20);
    }
    for (let index = 0; index < count; index += 1) {
      const entry = entries + entryBytes * index;
      const key = this.text(this.claim(this.word(entry + 4), this.word(entry + 8), 1, entry + 4),
        this.word(entry + 8));
      this.expect(!table.map.has(key), `the key "${key}" stands twice`, entry);
      this.expect(this.u8(entry + 12) !== (vectorBit | code.value),
        'only a table itself can hold a vector of values', entry + 12);
      table.map.set(key, this.readValue(entry + 12));
      if (this.u8(entry + 13) > 1) table.shapes.set(key, this.readShape(entry + 12));
    }
    this.expect(alignUp(this.cursor, 8) === entries, 'bytes that belong to nothing', this.cursor);
    this.skip(entries);
    this.expect(this.height === this.tallestChild + 1, 'wrong height', 17);
    const announcesStrides = (this.u8(6) & stridesFeature) !== 0;
    this.expect(announcesStrides === this.hasStrides, 'strides are not as announced', 6);
    return table;
  }

  /**
   * Checks the header.
   * @returns {number} the number of entries
   */
  readHeader() {
    this.expect(this.size >= headerBytes, 'shorter than a header', 0);
    this.heapEnd = this.size;
    this.expect(this.word(0) === magic, 'not a tbl', 0);
    const version = this.view.getUint16(this.start + 4, true);
    this.expect(version === 1, `version ${version}, this reader knows 1`, 4);
    this.expect((this.u8(6) & ~stridesFeature) === 0, 'needs a feature that this reader lacks', 6);
    this.expect(this.word(8) === this.size, `says ${this.word(8)} bytes, has ${this.size}`, 8);
    const count = this.word(12);
    this.heapEnd = this.size - entryBytes * count - 4 * slotCount(count);
    const fits = this.size % 8 === 0 && this.heapEnd >= headerBytes;
    this.expect(fits, `no room for ${count} entries`, 12);
    this.height = this.u8(17);
    this.expect(this.height < this.heightLimit, 'as tall as its parent', 17);
    this.expect(this.u8(18) === 0 && this.u8(19) === 0, 'reserved bytes set', 18);
    return count;
  }

  /**
   * Reads the value whose record stands at `record`.
   * @param {number} record
   * @param {Map<string | number, number[]>} [shapes] takes those of a vector's values
   * @returns {TblValue}
   */
  readValue(record, shapes) {
    const type = this.u8(record);
    const reserved = this.view.getUint16(this.start + record + 2, true);
    const isStrided = reserved === 1 && type >= vectorBit;
    this.expect(reserved === 0 || isStrided, 'reserved bits set', record + 2);
    if (type >= vectorBit) return this.readVector(type - vectorBit, record, isStrided, shapes);
    this.expect(this.u8(record + 1) === 0, 'a rank without a vector', record + 1);
    const payload = this.start + record + 4;
    const [low, high] = [this.word(record + 4), this.word(record + 8)];
    switch (type) {
      case code.nil:
        this.expect(low === 0 && high === 0, 'a nil with a payload', record);
        return null;
      case code.bool:
        this.expect(low <= 1 && high === 0, 'a bool that is neither 0 nor 1', record);
        return low === 1;
      case code.i8: case code.i16: case code.i32: case code.i64: {
        const value = this.view.getBigInt64(payload, true);
        const fits = BigInt.asIntN(8 << (type & 3), value) === value;
        this.expect(fits, 'an integer beyond its type', record);
        return shrink(value);
      }
      case code.u8: case code.u16: case code.u32: case code.u64: {
        const value = this.view.getBigUint64(payload, true);
        const fits = BigInt.asUintN(8 << (type & 3), value) === value;
        this.expect(fits, 'an integer beyond its type', record);
        return shrink(value);
      }
      case code.f16:
        this.expect(low <= 0xffff && high === 0, 'bits beyond a half', record);
        return halfToNumber(low);
      case code.f32:
        this.expect(high === 0, 'bits beyond a float', record);
        return this.view.getFloat32(payload, true);
      case code.f64:
        return this.view.getFloat64(payload, true);
      case code.string:
        return this.text(this.claim(low, high, 1, record), high);
      case code.bytes:
        return this.octets(this.claim(low, high, 1, record), high);
      case code.table:
        return this.child(this.claim(low, high, 8, record), high);
      default:
        throw this.error(`unknown type code ${type}`, record);
    }
  }

  /**
   * @param {number} type the element's type code
   * @param {number} record
   * @param {boolean} isStrided
   * @param {Map<string | number, number[]>} [shapes] takes those of its values
   * @returns {TblVector}
   */
  readVector(type, record, isStrided, shapes) {
    const offset = this.word(record + 4);
    const count = this.word(record + 8);
    this.claimShape(record, offset, count, alignmentOf(type), isStrided);
    if (isStrided) return this.readStrided(type, record, offset, count);
    switch (type) {
      case code.bool:
        return Array.from(this.octets(this.claim(offset, count, 1, record), count), (byte) => {
          this.expect(byte <= 1, 'a bool that is neither 0 nor 1', offset);
          return byte === 1;
        });
      case code.string:
        return this.readRagged(offset, count, 1, record, (at, length) => this.text(at, length));
      case code.bytes:
        return this.readRagged(offset, count, 1, record, (at, length) => this.octets(at, length));
      case code.table:
        return this.readRagged(offset, count, 8, record, (at, length) => this.child(at, length));
      case code.value: {
        const elements = this.claim(offset, elementBytes * count, 8, record);
        const values = [];
        for (let index = 0; index < count; index += 1) {
          const element = elements + elementBytes * index;
          this.expect(this.word(element) === 0, 'reserved bits set', element);
          this.expect(this.u8(element + 4) !== (vectorBit | code.value),
            'only a table itself can hold a vector of values', element + 4);
          values.push(this.readValue(element + 4));
          if (this.u8(element + 5) > 1) shapes?.set(index, this.readShape(element + 4));
        }
        return values;
      }
      default: {
        const kind = numberKinds.get(type);
        if (!kind) throw this.error(`unknown element type code ${type}`, record);
        this.claim(offset, kind.bytes * count, kind.bytes, record);
        return kind.read(this.view, this.view.byteOffset + this.start + offset, count);
      }
    }
  }

  /**
   * Elements of varying length: `count + 1` offsets, then the bytes they bound.
   * @template T
   * @param {number} offset @param {number} count
   * @param {number} alignment of the bytes after the offsets
   * @param {number} record
   * @param {(at: number, length: number) => T} read
   * @returns {T[]}
   */
  readRagged(offset, count, alignment, record, read) {
    this.claim(offset, 4 * (count + 1), 4, record);
    const base = this.claim(alignUp(this.cursor, alignment), 0, alignment, record);
    this.expect(this.word(offset) === 0, 'the first offset must be 0', offset);
    const elements = [];
    for (let index = 0; index < count; index += 1) {
      const begin = this.word(offset + 4 * index);
      const end = this.word(offset + 4 * (index + 1));
      this.expect(begin <= end, 'offsets must ascend', offset + 4 * index);
      elements.push(read(this.claim(base + begin, end - begin, alignment, offset), end - begin));
    }
    return elements;
  }

  /**
   * A vector of numbers or truth values with strides, its elements copied one behind the other.
   * @param {number} type @param {number} record @param {number} offset @param {number} count
   * @returns {TblVector}
   */
  readStrided(type, record, offset, count) {
    const kind = numberKinds.get(type);
    this.expect(kind !== undefined || type === code.bool, 'strides of no numbers', record);
    const width = kind?.bytes ?? 1;
    const shape = this.readShape(record);
    const before = offset - 8 * shape.length;
    const strides = shape.map((_, axis) => this.word(before + 4 * axis));
    let extent = count === 0 ? 0 : 1;
    const axes = shape.map((_, axis) => axis).filter((axis) => count > 0 && shape[axis] > 1);
    for (const axis of axes.sort((one, other) => strides[one] - strides[other])) {
      this.expect(strides[axis] >= extent, 'elements that are one, or interlaced', record);
      extent += (shape[axis] - 1) * strides[axis];
    }
    this.claim(offset, width * extent, width, record);
    this.hasStrides = true;
    const isUsed = new Uint8Array(extent);
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + this.start + offset,
      width * extent);
    const packed = new Uint8Array(width * count);
    const indices = shape.map(() => 0);
    let isRowMajor = true;
    for (let element = 0; element < count; element += 1) {
      const at = indices.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      isUsed[at] = 1;
      isRowMajor &&= at === element;
      packed.set(bytes.subarray(width * at, width * (at + 1)), width * element);
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        indices[axis] += 1;
        if (indices[axis] < shape[axis]) break;
        indices[axis] = 0;
      }
    }
    this.expect(!isRowMajor, 'strides that nothing needs', record);
    for (let at = 0; at < width * extent; at += 1) {
      const isElement = isUsed[Math.floor(at / width)] === 1;
      this.expect(isElement || bytes[at] === 0, 'a gap that is not 0', offset);
    }
    if (kind) return kind.read(new DataView(packed.buffer), 0, count);
    return Array.from(packed, (byte) => {
      this.expect(byte <= 1, 'a bool that is neither 0 nor 1', offset);
      return byte === 1;
    });
  }

  /** @param {number} record @returns {number[]} the shape of the vector whose record this is */
  readShape(record) {
    const rank = this.u8(record + 1);
    const data = this.word(record + 4);
    const isStrided = this.view.getUint16(this.start + record + 2, true) === 1;
    if (rank === 1 && !isStrided) return [this.word(record + 8)];
    return Array.from({ length: rank }, (_, axis) => this.word(data - 4 * (rank - axis)));
  }

  /**
   * Claims the dimensions that stand right before the data of a vector of rank 2 or more, and the
   * strides before them.
   * @param {number} record @param {number} offset @param {number} count @param {number} alignment
   * @param {boolean} isStrided
   */
  claimShape(record, offset, count, alignment, isStrided) {
    const rank = this.u8(record + 1);
    this.expect(rank >= 1 && rank <= largestRank, `rank ${rank}`, record + 1);
    if (rank === 1 && !isStrided) return;
    const words = isStrided ? 2 * rank : rank;
    const data = alignUp(this.cursor + 4 * words, Math.max(4, alignment));
    this.expect(offset === data && data <= this.heapEnd, 'a vector out of its place', record);
    this.skip(data - 4 * words);
    this.cursor = data;
    const elements = this.readShape(record).reduce((product, size) => product * size, 1);
    this.expect(elements === count, `a shape of ${elements} for ${count} elements`, record);
  }

  /**
   * Claims the next region: it must begin at the cursor, aligned, and end inside the table.
   * @param {number} offset @param {number} length @param {number} alignment
   * @param {number} place where the offset stands, for the error
   * @returns {number} `offset`
   */
  claim(offset, length, alignment, place) {
    this.expect(offset === alignUp(this.cursor, alignment), 'a region out of its place', place);
    this.expect(offset + length <= this.heapEnd, 'points outside its table', place);
    this.skip(offset);
    this.cursor = offset + length;
    return offset;
  }

  /**
   * Moves the cursor over what aligning skips.
   * @param {number} offset
   */
  skip(offset) {
    for (; this.cursor < offset; this.cursor += 1) {
      this.expect(this.u8(this.cursor) === 0, 'padding that is not 0', this.cursor);
    }
  }

  /** @param {number} at @param {number} length @returns {TblTable} */
  child(at, length) {
    const reader = new TableReader(this.view, this.start + at, length, this.height);
    const table = reader.read();
    this.tallestChild = Math.max(this.tallestChild, reader.height);
    return table;
  }

  /** @param {number} at @param {number} length @returns {string} */
  text(at, length) {
    const start = this.view.byteOffset + this.start + at;
    try {
      return utf8.decode(new Uint8Array(this.view.buffer, start, length));
    } catch {
      throw this.error('text that is not UTF-8', at);
    }
  }

  /** @param {number} at @param {number} length @returns {TblBytes} */
  octets(at, length) {
    return new TblBytes(this.view.buffer, this.view.byteOffset + this.start + at, length);
  }

  /** @param {number} at @returns {number} */
  u8(at) {
    return this.view.getUint8(this.start + at);
  }

  /** @param {number} at @returns {number} */
  word(at) {
    return this.view.getUint32(this.start + at, true);
  }

  /** @param {boolean} condition @param {string} reason @param {number} at */
  expect(condition, reason, at) {
    if (!condition) throw this.error(reason, at);
  }

  /** @param {string} reason @param {number} at @returns {TblError} */
  error(reason, at) {
    return new TblError(reason, this.start + at);
  }
}

/** @param {number} type an element's type code @returns {number} */
function alignmentOf(type) {
  if (type === code.string || type === code.bytes || type === code.table) return 4;
  return type === code.value ? 8 : (numberKinds.get(type)?.bytes ?? 1);
}

/**
 * A number when that is exact, else the bigint itself.
 * @param {bigint} value
 */
function shrink(value) {
  return value <= largestSafe && value >= -largestSafe ? Number(value) : value;
}

/** @param {number} bits an IEEE 754 binary16 @returns {number} */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Numbers over the buffer itself when it is aligned for them, else copied.
 * @template {TblNumbers} T
 * @param {{ new (buffer: ArrayBufferLike, at: number, count: number): T,
 *   new (count: number): T }} Kind
 * @param {number} bytes
 * @param {(view: DataView, at: number) => number | bigint} get
 */
function numbers(Kind, bytes, get) {
  return {
    bytes,
    /** @param {DataView} view @param {number} at @param {number} count @returns {T} */
    read(view, at, count) {
      if (hostIsLittleEndian && at % bytes === 0) return new Kind(view.buffer, at, count);
      const copy = new Kind(count);
      for (let index = 0; index < count; index += 1) {
        copy[index] = get(view, at - view.byteOffset + bytes * index);
      }
      return copy;
    },
  };
}

/**
 * 64-bit integers as doubles, unless one of them lies beyond 2^53.
 * @param {{ read(view: DataView, at: number, count: number):
 *   BigInt64Array | BigUint64Array }} exact
 */
function wideIntegers(exact) {
  return {
    bytes: 8,
    /** @param {DataView} view @param {number} at @param {number} count */
    read(view, at, count) {
      const wide = exact.read(view, at, count);
      const narrow = new Float64Array(count);
      for (let index = 0; index < count; index += 1) {
        const value = wide[index];
        if (value > largestSafe || value < -largestSafe) return wide;
        narrow[index] = Number(value);
      }
      return narrow;
    },
  };
}

/**
 * How to read a vector of numbers, by type code; `at` counts from the start of the view's buffer.
 * @type {Map<number, { bytes: number,
 *   read(view: DataView, at: number, count: number): TblNumbers }>}
 */
const numberKinds = new Map(/** @type {any} */ ([
  [code.i8, numbers(Int8Array, 1, (view, at) => view.getInt8(at))],
  [code.i16, numbers(Int16Array, 2, (view, at) => view.getInt16(at, true))],
  [code.i32, numbers(Int32Array, 4, (view, at) => view.getInt32(at, true))],
  [code.i64, wideIntegers(numbers(BigInt64Array, 8, (view, at) => view.getBigInt64(at, true)))],
  [code.u8, numbers(Uint8Array, 1, (view, at) => view.getUint8(at))],
  [code.u16, numbers(Uint16Array, 2, (view, at) => view.getUint16(at, true))],
  [code.u32, numbers(Uint32Array, 4, (view, at) => view.getUint32(at, true))],
  [code.u64, wideIntegers(numbers(BigUint64Array, 8, (view, at) => view.getBigUint64(at, true)))],
  [code.f16, {
    bytes: 2,
    /** @param {DataView} view @param {number} at @param {number} count */
    read(view, at, count) {
      return Float32Array.from({ length: count }, (_, index) => (
        halfToNumber(view.getUint16(at - view.byteOffset + 2 * index, true))));
    },
  }],
  [code.f32, numbers(Float32Array, 4, (view, at) => view.getFloat32(at, true))],
  [code.f64, numbers(Float64Array, 8, (view, at) => view.getFloat64(at, true))],
]));
