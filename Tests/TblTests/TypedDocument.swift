import TestSupport

@testable import Tbl

/// Random tables of every type, each number with any bits, not-a-numbers among them; vectors of
/// every type in any shape, with strides where they can have them.
enum TypedDocument {
  /// The types whose values and elements have a fixed width.
  static let fixed: [Tbl.TypeCode] =
    [.bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
    + [.float16, .float32, .float64]

  /// - Parameter depth: Levels of tables below this one, at most.
  static func table(using random: inout SeededGenerator, depth: Int = 2) throws -> Tbl {
    var builder = Tbl.Builder()
    if Bool.random(using: &random) {
      let types = fixed + [.string, .bytes, .value, .value, .value] + (depth > 0 ? [.table] : [])
      let type = types.randomElement(using: &random) ?? .value
      builder.setOwnVector { writer in vector(type, &writer, &random, depth) }
    }
    for number in 0..<([0, 1, 3, 8, 9, 12, 30].randomElement(using: &random) ?? 0) {
      let key = RandomDocument.text(using: &random) + (number == 0 ? "" : "#\(number)")
      builder.set(key) { writer in value(&writer, &random, depth) }
    }
    return try builder.finish()
  }

  /// A number or a truth value of any bits, mostly of some that mean something.
  static func scalar(_ type: Tbl.TypeCode, using random: inout SeededGenerator) -> Record {
    if type == .bool { return Record(.bool, payload: random.next() & 1) }
    let mask = UInt64.max >> (64 - type.bitWidth)
    let sign = (mask >> 1) + 1
    // Infinity and two that are no numbers, if this is a float.
    let infinity: [UInt64: UInt64] = [16: 0x7C00, 32: 0x7F80_0000, 64: 0x7FF0_0000_0000_0000]
    let top = infinity[type.bitWidth] ?? 0x7F
    // The last integer up to which doubles hold all, and the next.
    let last: UInt64 = 1 << 53
    let bits: [UInt64] = [
      0, 1, mask, sign, sign - 1, sign + 1, last, last + 1, top, top | sign | 1, top | top >> 1 | 5,
    ]
    let chosen =
      Bool.random(using: &random) ? random.next() : bits.randomElement(using: &random) ?? 0
    return Record(type, bits: chosen & mask)
  }

  private static func value(
    _ writer: inout RegionWriter, _ random: inout SeededGenerator, _ depth: Int
  ) -> Record? {
    switch Int.random(in: 0...(depth > 0 ? 13 : 11), using: &random) {
    case 0: return Record(.none)
    case 1...4: return scalar(fixed.randomElement(using: &random) ?? .bool, using: &random)
    case 5:
      let text = RandomDocument.text(using: &random)
      return writer.write(.string, text.utf8Span.span.raw, key: nil)
    case 6: return writer.write(.bytes, octets(using: &random).span.raw, key: nil)
    case 7...10:
      return vector(fixed.randomElement(using: &random) ?? .bool, &writer, &random, depth)
    case 11: return vector(Bool.random(using: &random) ? .string : .bytes, &writer, &random, depth)
    case 12:
      return (try? table(using: &random, depth: depth - 1)).flatMap { writer.write($0, key: nil) }
    default: return vector(.table, &writer, &random, depth)
    }
  }

  private static func vector(
    _ type: Tbl.TypeCode, _ writer: inout RegionWriter, _ random: inout SeededGenerator,
    _ depth: Int
  ) -> Record? {
    let rank = [1, 1, 1, 2, 2, 3, 4, 8].randomElement(using: &random) ?? 1
    let largest = [0, 12, 4, 3, 3, 2, 2, 2, 2][rank]
    let shape = (0..<rank).map { _ in
      max(rank > 4 ? 1 : 0, Int.random(in: 0...largest, using: &random))
    }
    let count = shape.reduce(1, *)
    switch type {
    case .string:
      let texts = (0..<count).map { _ in RandomDocument.text(using: &random) }
      return writer.write(texts, shape: shape, key: nil)
    case .bytes:
      return writer.writeRagged(.bytes, count: count, shape: shape, key: nil) { writer, _ in
        writer.append(octets(using: &random).span.raw, key: nil)
      }
    case .table:
      let tables = (0..<min(count, 6)).compactMap { _ in
        try? table(using: &random, depth: depth - 1)
      }
      return writer.write(tables, shape: count == tables.count ? shape : nil, key: nil)
    case .value:
      return writer.writeValues(count: count, shape: shape, key: nil) { writer, _ in
        value(&writer, &random, depth)
      }
    default:
      return numbers(type, shape, &writer, &random)
    }
  }

  private static func numbers(
    _ type: Tbl.TypeCode, _ shape: [Int], _ writer: inout RegionWriter,
    _ random: inout SeededGenerator
  ) -> Record? {
    var geometry = Geometry(dimensions: shape)
    if Bool.random(using: &random) {
      var strides = [Int](repeating: 1, count: shape.count)
      var extent = 1
      for dimension in shape.indices.shuffled(using: &random) {
        strides[dimension] = extent + Int.random(in: 0...2, using: &random)
        extent += max(0, shape[dimension] - 1) * strides[dimension]
      }
      geometry = Geometry(dimensions: shape, strides: strides)
    }
    guard let geometry, let width = type.width else { return nil }
    var elements: [UInt8] = []
    for _ in 0..<geometry.extent {
      elements.append(scalar(type, using: &random).payload, width: width)
    }
    return writer.write(type, elements.span.raw, geometry, keepsStrides: true, key: nil)
  }

  private static func octets(using random: inout SeededGenerator) -> [UInt8] {
    (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
    }
  }
}
