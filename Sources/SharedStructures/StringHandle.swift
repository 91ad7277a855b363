import SharedMemory

/// An interned string, as a number: the same string has the same handle, in every process and for
/// as long as its ``InternedStrings`` stand.
///
///     63       48 47  46       34 33          0
///     hash (16)   | 0 | chunk (13) | offset (34)
///
/// The offset counts units of 8 bytes. The bits of the hash are compared with those of the record
/// whenever the handle is used, so that a number which is no handle is found out but for one case
/// in 65,536 of those that lead to a record.
///
/// **Concurrency.** A value, which may be a key, a value or an element of any structure.
@frozen
public struct StringHandle: SharedValue, Hashable {
  /// The number.
  public let rawValue: UInt64

  /// Restores a handle from its number.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `lava.string.1`.
  public static var layoutName: String { "lava.string.1" }
}

/// What a child of the trie holds: nothing, a string's handle, or a node's, whose bit 47 is set.
struct StringLink: Hashable, Sendable {
  let rawValue: UInt64

  static let mostChunks = 256
  private static let nodeBit: UInt64 = 1 << 47

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(string place: (chunk: Int, offset: Int), hash: UInt64) {
    rawValue = (hash >> 48) << 48 | UInt64(place.chunk) << 34 | UInt64(place.offset / 8)
  }

  init(node place: (chunk: Int, offset: Int)) {
    rawValue = Self.nodeBit | UInt64(place.chunk) << 34 | UInt64(place.offset / 8)
  }

  @inline(__always) var isEmpty: Bool { rawValue == 0 }
  @inline(__always) var isNode: Bool { rawValue & Self.nodeBit != 0 }
  @inline(__always) var chunk: Int { Int(rawValue >> 34 & 0x1fff) }
  /// In bytes from the beginning of the chunk.
  @inline(__always) var offset: Int { Int(rawValue & 0x3_ffff_ffff) &* 8 }

  /// Whether the bits of the hash are those of `hash`.
  @inline(__always)
  func agrees(with hash: UInt64) -> Bool { (rawValue ^ hash) >> 48 == 0 }
}

/// The first word of a record in a chunk.
///
///     63       30 29       3 2    0
///     units (34)  | owner (27) | state
///
///     0 -> writing(owner) -> string -> abandoned
///                         -> node   -> abandoned
///
/// A record is claimed by one compare-and-swap that names owner and size, so whoever looks for room
/// goes on behind it, whatever becomes of it. It is abandoned when its maker found that another was
/// faster; what a dead process has claimed stays `writing`.
struct StringRecordWord: Hashable, Sendable {
  enum State: UInt64 { case free, writing, string, node, abandoned }

  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ state: State, owner: ParticipantIdentity, byteCount: Int) {
    rawValue = UInt64(byteCount / 8) << 30 | owner.rawValue << 3 | state.rawValue
  }

  /// `nil` when there is no such state.
  var state: State? { State(rawValue: rawValue & 7) }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue >> 3) }
  /// Bytes of the record, this word included.
  @inline(__always) var byteCount: Int { Int(rawValue >> 30) &* 8 }

  /// The same in another state.
  func becoming(_ state: State) -> StringRecordWord {
    StringRecordWord(rawValue: rawValue & ~7 | state.rawValue)
  }
}
