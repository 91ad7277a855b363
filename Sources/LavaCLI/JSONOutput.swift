import Foundation
import SharedStructures
import SimDB
import Tbl

/// Writes results as JSON to standard output.
enum JSONOutput {
  /// Prints `value`, keys in stable order.
  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try Output.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// `value` on one line, keys in stable order.
  static func line(_ value: some Encodable) throws -> String {
    String(decoding: try lineEncoder.encode(value), as: UTF8.self)
  }

  /// The object `head` on one line with a further member `value`: a tbl and JSON are nested as they
  /// are, other bytes are base64.
  static func line(_ head: some Encodable, value entry: Entry) throws -> String {
    try line(head, value: text(of: entry.bytes, entry.type))
  }

  /// The object `head` on one line with a further member `value`, which is JSON.
  static func line(_ head: some Encodable, value json: String) throws -> String {
    try line(head).dropLast() + ",\"value\":" + json + "}"
  }

  private static var lineEncoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// Bytes of a type as JSON: a tbl, JSON and numbers as they are, others than text in base64.
  static func text(of bytes: [UInt8], _ type: TypeID) throws -> String {
    switch type {
    case .tbl:
      if let tbl = try? Tbl(validating: bytes) { return try tbl.json(nonFinite: .null) }
    case .json:
      if let value = try? JSONSerialization.jsonObject(
        with: Data(bytes), options: .fragmentsAllowed),
        let text = try? JSONSerialization.data(
          withJSONObject: value,
          options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
      {
        return String(decoding: text, as: UTF8.self)
      }
    case .utf8:
      if let text = String(validating: bytes, as: UTF8.self) { return try line(text) }
    default:
      if let number = DescribedValue.number(bytes, type: type) { return number.json }
    }
    return #"{"$bytes":""# + Data(bytes).base64EncodedString() + #""}"#
  }
}
