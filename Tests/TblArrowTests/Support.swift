import Tbl

@testable import TblArrow

/// The error that `body` throws, or nil when it throws none.
func failure<Result>(_ body: () throws(ArrowError) -> Result) -> ArrowError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// A vector of byte strings; builders have no setter for one in a map.
func byteStrings(_ values: [[UInt8]]) -> Blobs { Blobs(values: values) }

struct Blobs {
  let values: [[UInt8]]
}

extension Tbl.Builder {
  /// Sets `key` to a vector of byte strings.
  mutating func set(_ key: String, _ blobs: Blobs) {
    let all = blobs.values.flatMap { $0 }
    let count = blobs.values.count
    set(key, .bytes, count: count, byteCount: 4 * (count + 1) + all.count) { bytes in
      var end: UInt32 = 0
      for length in [0] + blobs.values.map(\.count) {
        end += UInt32(length)
        bytes.appendLittleEndian(end)
      }
      bytes.append(contentsOf: all)
    }
  }

  /// Sets `key` to a vector of halves, given by their bits; not every machine's Swift has the type.
  mutating func set(_ key: String, halfBits: [UInt16]) {
    set(key, .float16, count: halfBits.count, byteCount: 2 * halfBits.count) { bytes in
      for bits in halfBits { bytes.appendLittleEndian(bits) }
    }
  }

  /// Sets `key` to the table that `fill` fills.
  mutating func set(_ key: String, _ fill: (inout Tbl.Builder) -> Void) {
    var inner = Tbl.Builder()
    fill(&inner)
    set(key, inner)
  }

  /// Sets `key` to a column with nulls.
  mutating func set(_ key: String, valid: [Bool], _ fill: (inout Tbl.Builder) -> Void) {
    set(key) { table in
      fill(&table)
      table.set("valid", vector: valid)
    }
  }

  /// Sets `key` to a column that counts units of time.
  mutating func set<T: Tbl.Scalar>(
    _ key: String, _ kind: String, _ unit: String, zone: String? = nil, _ values: [T],
    valid: [Bool]? = nil
  ) {
    set(key) { table in
      table.set("values", vector: values)
      table.set("kind", kind)
      table.set("unit", unit)
      if let zone { table.set("zone", zone) }
      if let valid { table.set("valid", vector: valid) }
    }
  }
}
