import SharedMemory

/// The control word of a table's cell.
///
///     63          28 27       8 7      3  2     1    0
///     version (36)  | type (20) | size (5) | half | state
///
/// State: 0 absent, 1 present in the half, 2 present in the store, with a reference in the half.
/// The writer fills the half that the word does not name and then replaces the word, so whoever
/// finds the word unchanged after copying has copied a whole half. The version grows with each
/// publication: a word repeats after 2^36 of them, and a reader that was stopped for exactly as
/// many could take a torn half for a whole one.
struct TableWord: Hashable, Sendable {
  enum State: UInt64 { case absent, inline, reference, impossible }

  let rawValue: UInt64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The greatest type id that fits.
  static let greatestType: UInt32 = 1 << 20 - 1

  var version: UInt64 { rawValue >> 28 }
  var type: TypeID { TypeID(rawValue: UInt32(truncatingIfNeeded: rawValue >> 8) & 0xf_ffff) }
  @inline(__always) var size: Int { Int(rawValue >> 3 & 31) }
  @inline(__always) var half: Int { Int(rawValue >> 2 & 1) }
  @inline(__always) var state: State { State(rawValue: rawValue & 3)! }

  /// The word of the next publication, which names the other half.
  @inline(__always)
  func next(_ state: State, type: TypeID, size: Int) -> TableWord {
    TableWord(
      rawValue: ((rawValue >> 28) &+ 1) << 28 | UInt64(type.rawValue) << 8 | UInt64(size) << 3
        | UInt64(1 - half) << 2 | state.rawValue)
  }
}

/// Where a cell's key is, and which of its halves may have a payload in the store.
///
///     63  62      48          32 31          0
///     payloads | - | length (17) | offset (32)
///
/// Only the writer changes it, and never offset or length once the cell is counted.
struct TableKeyWord: Hashable, Sendable {
  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(offset: Int, length: Int) { rawValue = UInt64(length) << 32 | UInt64(offset) }

  @inline(__always) var offset: Int { Int(rawValue & 0xffff_ffff) }
  @inline(__always) var length: Int { Int(rawValue >> 32 & 0x1_ffff) }

  /// Whether any half may have a payload.
  var hasPayloads: Bool { rawValue >> 62 != 0 }

  /// Whether a half may have a payload.
  func hasPayload(_ half: Int) -> Bool { rawValue >> (62 + UInt64(half)) & 1 != 0 }

  /// The same where a half has a payload, or none.
  func with(payload: Bool, in half: Int) -> TableKeyWord {
    let bit: UInt64 = 1 << (62 + UInt64(half))
    return TableKeyWord(rawValue: payload ? rawValue | bit : rawValue & ~bit)
  }
}
