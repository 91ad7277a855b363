// Members that a tbl between the nodes of this module must have. Vectors that are columns of one
// table must have one length.

import SharedMemory
import Tbl

/// A packet that does not hold what a node of this module takes.
struct MalformedPacket: Error, Hashable, CustomStringConvertible {
  /// The member in question.
  let key: String
  /// What is wrong with it.
  let reason: String

  /// Place, reason and remedy in one line.
  var description: String {
    "packet, member '\(key)': it \(reason); connect the output of the node type that makes it"
  }
}

extension Tbl.View {
  /// The unsigned number of `key`.
  func requiredUInt(_ key: String) throws -> UInt64 {
    guard let number = try field(key)?.uint else { throw Self.missing(key, "a whole number") }
    return number
  }

  /// The number of `key`.
  func requiredDouble(_ key: String) throws -> Double {
    guard let number = try field(key)?.double else { throw Self.missing(key, "a number") }
    return number
  }

  /// What `body` makes of the table of `key`.
  func requiredTable<Result>(
    _ key: String, _ body: (borrowing Tbl.View) throws -> Result
  ) throws -> Result {
    guard let table = try field(key)?.table() else { throw Self.missing(key, "a table") }
    return try body(table)
  }

  /// A copy of the bytes of the text of `key`.
  func requiredBytes(_ key: String) throws -> [UInt8] {
    guard let bytes = try field(key)?.bytes() else { throw Self.missing(key, "a text") }
    return bytes.array
  }

  /// The texts of `key`, which are `count` unless that is `nil`.
  func requiredStrings(_ key: String, count: Int?) throws -> [String] {
    try checked(field(key)?.strings(), key, "texts", count)
  }

  /// The unsigned numbers of `key`, which are `count` unless that is `nil`.
  func requiredUInts(_ key: String, count: Int?) throws -> [UInt64] {
    try checked(field(key)?.uints(), key, "whole numbers", count)
  }

  /// The unsigned numbers of `key` where 32 bits hold each.
  func requiredUInt32s(_ key: String, count: Int?) throws -> [UInt32] {
    try requiredUInts(key, count: count).map { number in
      guard let narrow = UInt32(exactly: number) else {
        throw Self.missing(key, "numbers of 32 bits")
      }
      return narrow
    }
  }

  /// The numbers of `key`, which are `count` unless that is `nil`.
  func requiredFloats(_ key: String, count: Int?) throws -> [Float] {
    try checked(field(key)?.floats(), key, "numbers", count)
  }

  private func checked<Element>(
    _ vector: [Element]?, _ key: String, _ what: String, _ count: Int?
  ) throws -> [Element] {
    guard let vector else { throw Self.missing(key, what) }
    guard count == nil || vector.count == count else {
      throw MalformedPacket(
        key: key, reason: "has \(vector.count) elements, other columns have \(count ?? 0)")
    }
    return vector
  }

  private static func missing(_ key: String, _ what: String) -> MalformedPacket {
    MalformedPacket(key: key, reason: "is absent or does not hold \(what)")
  }
}
