/// A key that is looked up, with what is worked out of it once.
struct SoughtKey: ~Escapable {
  let bytes: RawSpan
  /// The bytes behind the last whole word, filled up with zeros.
  let tail: UInt64
  let hash: UInt32

  @inline(__always)
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, seed: UInt8) {
    self.bytes = bytes
    let count = bytes.byteCount
    tail = bytes.tailWord(count & ~7, to: count)
    hash = keyHash(bytes, tail: tail, seed: seed)
  }

  /// Whether this key stands at `offset` of `table`, where an entry lies behind it.
  @inline(__always)
  func stands(in table: RawSpan, at offset: Int) -> Bool {
    let count = bytes.byteCount
    var part = 0
    while part &+ 8 <= count {
      // Inside: `part` of the key, and where the caller says that the key lies.
      let word = table.loadInside(UInt64.self, at: offset &+ part)
      guard word == bytes.loadInside(UInt64.self, at: part) else { return false }
      part &+= 8
    }
    // Inside, though it reaches beyond the key: an entry is longer than a word.
    let difference = table.loadInside(UInt64.self, at: offset &+ part) ^ tail
    return difference & (1 &<< UInt64(truncatingIfNeeded: 8 &* (count & 7)) &- 1) == 0
  }
}
