import Foundation

/// Workloads B with JSON, by Foundation's encoder and decoder.
///
/// A look decodes what it needs and nothing else.
struct JSONText: DocumentFormat {
  private let text: Data

  init(_ content: DocumentContent) throws { text = try Self.encoded(content) }

  var byteCount: Int { text.count }

  func build(_ content: DocumentContent) throws { _ = try Self.encoded(content) }

  private static func encoded(_ content: DocumentContent) throws -> Data {
    let encoder = JSONEncoder()
    return switch content {
    case .sample(let sample): try encoder.encode(sample)
    case .mesh(let mesh): try encoder.encode(mesh)
    case .table(let table): try encoder.encode(table)
    case .tree(let root, _): try encoder.encode(root)
    case .keys(let keys, let numbers):
      try encoder.encode(Dictionary(uniqueKeysWithValues: zip(keys, numbers)))
    }
  }

  func lookup(of content: DocumentContent) -> (UInt64) throws -> Double {
    switch content {
    case .sample:
      return { word in
        let field = Int(word % 4)
        let name = DocumentContent.fields[field]
        return try number(at: field == 3 ? ["imu", name] : [name])
      }
    case .mesh:
      return { word in
        let positions = try decode(Positions.self).positions
        return Double(positions[Int(word % UInt64(positions.count))])
      }
    case .table:
      return { word in
        let values = try decode(Values.self).value
        return Double(values[Int(word % UInt64(values.count))])
      }
    case .tree(_, let levels):
      return { word in
        let turns = (1..<levels).map { word >> UInt64($0 - 1) & 1 == 1 ? "right" : "left" }
        return try number(at: turns + ["value"])
      }
    case .keys(let keys, _):
      return { word in try number(at: [keys[Int(word % UInt64(keys.count))]]) }
    }
  }

  func summing(_ content: DocumentContent) -> () throws -> Double {
    switch content {
    case .sample: { try Self.sum(decode(Joints.self).joints) }
    case .mesh: { try Self.sum(decode(Positions.self).positions) }
    case .table: { try Self.sum(decode(Times.self).time) }
    case .tree: { try Self.sum(decode(Numbers.self)) }
    case .keys: { try Double(decode([String: Int64].self).values.reduce(0, +)) }
    }
  }

  private static func sum(_ numbers: [some BinaryFloatingPoint & SIMDScalar]) -> Double {
    numbers.span.sum
  }

  private static func sum(_ node: Numbers) -> Double {
    guard let left = node.left, let right = node.right else { return node.value }
    return node.value + sum(left) + sum(right)
  }

  private func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: text)
  }

  private func number(at keys: [String]) throws -> Double {
    let decoder = JSONDecoder()
    if let place = Single.place { decoder.userInfo[place] = keys }
    return try decoder.decode(Single.self, from: text).number
  }

  private struct Positions: Decodable { let positions: [Float] }
  private struct Values: Decodable { let value: [Float] }
  private struct Times: Decodable { let time: [Double] }
  private struct Joints: Decodable { let joints: [Double] }
  private final class Numbers: Decodable {
    let value: Double
    let left: Numbers?
    let right: Numbers?
  }

  /// The number at the keys that the decoder was told.
  private struct Single: Decodable {
    static let place = CodingUserInfoKey(rawValue: "place")
    let number: Double

    init(from decoder: any Decoder) throws {
      let keys = Self.place.flatMap { decoder.userInfo[$0] as? [String] } ?? []
      var container = try decoder.container(keyedBy: Key.self)
      for key in keys.dropLast() {
        container = try container.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: key))
      }
      number = try container.decode(Double.self, forKey: Key(stringValue: keys.last ?? ""))
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }
}
