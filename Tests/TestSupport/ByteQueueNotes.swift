import SharedMemory
import SimDB

/// What the users of a queue that are killed leave in its store, so that what became of each element
/// can be told.
public enum ByteQueueNotes {
  /// The queue's name.
  public static let queue = "elements"

  /// An element that tells whose it is, and whether it is whole.
  public static func element(_ producer: UInt64, _ number: UInt64) -> [UInt8] {
    let length = Int((number &* 37 &+ producer) % (number % 50 == 49 ? 3_000 : 120))
    return Array("\(producer) \(number) ".utf8)
      + (0..<length).map { UInt8(truncatingIfNeeded: UInt64($0) &* number &+ producer) }
  }

  /// Whose an element is, and its number; `nil` when it is not whole.
  public static func number(of bytes: [UInt8]) -> (producer: UInt64, number: UInt64)? {
    let parts = bytes.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3,
      let producer = UInt64(String(decoding: parts[0], as: UTF8.self)),
      let number = UInt64(String(decoding: parts[1], as: UTF8.self)),
      bytes == element(producer, number)
    else { return nil }
    return (producer, number)
  }

  /// The key of how many elements a producer has pushed.
  public static func pushed(by producer: UInt64) -> String { "pushed/\(producer)" }

  /// Makes numbered elements of many lengths, and notes each that was taken from it.
  ///
  /// - Parameters:
  ///   - send: Takes an element.
  ///   - fill: Takes the length of one, and what fills it.
  /// - Throws: What ends it.
  public static func produce(
    _ producer: UInt64, in store: Database, send: ([UInt8]) throws -> Void,
    fill: (_ count: Int, _ body: (inout MutableRawSpan) -> Void) throws -> Void
  ) throws {
    for number in 0..<UInt64.max {
      let element = element(producer, number)
      if number % 3 == 0 {
        try fill(element.count) { bytes in
          for (offset, byte) in element.enumerated() { bytes.setByte(byte, at: offset) }
        }
      } else {
        try send(element)
      }
      try store.put(pushed(by: producer), number + 1)
    }
  }

  /// Notes that an element was read.
  ///
  /// - Throws: ``Torn`` when it is not whole.
  public static func note(_ bytes: [UInt8], in store: Database) throws {
    guard let (producer, number) = number(of: bytes) else {
      try store.put("torn", bytes)
      throw Torn()
    }
    try store.update("read/\(producer)/\(number)", as: UInt64.self) { ($0 ?? 0) + 1 }
  }

  /// An element that is not whole.
  public struct Torn: Error {}

  /// How often an element was read.
  public static func readCount(
    _ producer: UInt64, _ number: UInt64, in store: Database
  ) throws(StoreError) -> UInt64 {
    try store.get("read/\(producer)/\(number)", as: UInt64.self) ?? 0
  }
}
