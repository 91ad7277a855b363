// FlatBuffers, written. Offsets in a buffer point forward, from where they stand; only a table
// finds the list of its fields by a signed distance. So a tree is written front to back: a table
// with zeros where offsets will be, then what they refer to, which fills them in.
//
//   vtable   u16 its bytes, u16 the table's bytes, u16 for each slot: where in the table, or 0
//   table    i32 distance back to the vtable, then the values, the widest first
//   string   u32 length, UTF-8, a zero byte
//   vector   u32 count, elements

import Tbl

/// A value of a FlatBuffers message that is to be written.
indirect enum FlatNode {
  case bool(Bool)
  case byte(UInt8)
  case short(Int16)
  case int(Int32)
  case long(Int64)
  case string(String)
  /// The values by slot; nil where the slot keeps its default.
  case table([FlatNode?])
  case tables([FlatNode])
  /// A vector of structs of two 64-bit numbers each.
  case pairs([(Int64, Int64)])

  /// Bytes in a table.
  fileprivate var width: Int {
    switch self {
    case .bool, .byte: 1
    case .short: 2
    case .int, .string, .table, .tables, .pairs: 4
    case .long: 8
    }
  }
}

/// Writes trees of values as FlatBuffers.
struct FlatBuilder {
  private var bytes: [UInt8] = []

  /// The buffer whose root is `table`; it is to lie at a multiple of 8.
  static func buffer(root table: FlatNode) -> [UInt8] {
    var builder = FlatBuilder()
    builder.append(UInt32(0))
    builder.refer(from: 0, to: table)
    return builder.bytes
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    bytes.appendLittleEndian(value)
  }

  /// Appends zeros until the next byte is at `remainder` beyond a multiple of `alignment`.
  private mutating func pad(to alignment: Int, remainder: Int = 0) {
    while bytes.count % alignment != remainder { bytes.append(0) }
  }

  /// Appends what `node` holds out of line, and points the offset at `place` to it.
  private mutating func refer(from place: Int, to node: FlatNode) {
    let target: Int
    switch node {
    case .bool, .byte, .short, .int, .long: return
    case .string(let text): target = append(text)
    case .table(let slots): target = append(table: slots)
    case .tables(let tables): target = append(tables)
    case .pairs(let pairs): target = append(pairs)
    }
    bytes.store(UInt32(target - place), at: place)
  }

  private mutating func append(_ text: String) -> Int {
    pad(to: 4)
    let start = bytes.count
    append(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
    return start
  }

  private mutating func append(_ tables: [FlatNode]) -> Int {
    pad(to: 4)
    let start = bytes.count
    append(UInt32(tables.count))
    bytes.append(contentsOf: repeatElement(0, count: 4 * tables.count))
    for (index, table) in tables.enumerated() { refer(from: start + 4 + 4 * index, to: table) }
    return start
  }

  private mutating func append(_ pairs: [(Int64, Int64)]) -> Int {
    pad(to: 8, remainder: 4)
    let start = bytes.count
    append(UInt32(pairs.count))
    for (first, second) in pairs {
      append(first)
      append(second)
    }
    return start
  }

  private mutating func append(table slots: [FlatNode?]) -> Int {
    // A table begins 4 bytes before a multiple of 8, so that its widest values, which stand first,
    // are aligned, and with them all narrower ones.
    var places = [Int](repeating: 0, count: slots.count)
    var size = 4
    for width in [8, 4, 2, 1] {
      for (slot, node) in slots.enumerated() where node?.width == width {
        places[slot] = size
        size += width
      }
    }
    pad(to: 2)
    let vtable = bytes.count
    append(UInt16(4 + 2 * slots.count))
    append(UInt16(size))
    for place in places { append(UInt16(place)) }
    pad(to: 8, remainder: 4)
    let start = bytes.count
    append(Int32(start - vtable))
    for width in [8, 4, 2, 1] {
      for case let node? in slots where node.width == width { appendInline(node) }
    }
    for case (let slot, let node?) in slots.enumerated() {
      refer(from: start + places[slot], to: node)
    }
    return start
  }

  private mutating func appendInline(_ node: FlatNode) {
    switch node {
    case .bool(let value): append(UInt8(value ? 1 : 0))
    case .byte(let value): append(value)
    case .short(let value): append(value)
    case .int(let value): append(value)
    case .long(let value): append(value)
    case .string, .table, .tables, .pairs: append(UInt32(0))
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of `value`, the lowest first.
  mutating func appendLittleEndian<T: FixedWidthInteger>(_ value: T) {
    for index in 0..<MemoryLayout<T>.size {
      append(UInt8(truncatingIfNeeded: value >> T(8 * index)))
    }
  }
}
