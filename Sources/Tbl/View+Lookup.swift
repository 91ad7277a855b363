// Lookup of a key in place: a scan over the stored hashes up to 8 entries, beyond that linear
// probing of the index. Both compare the key's bytes only where hash and length agree.

extension Tbl.View {
  /// Where the entry of `key` begins, or nil when there is none.
  @inline(__always)
  func find(_ key: String) throws(TblError) -> Int? {
    let entry = try key.withBytes { key throws(TblError) in try place(of: key) }
    return entry < 0 ? nil : entry
  }

  /// Where the entry of `key`, given in UTF-8, begins, or nil when there is none.
  @inline(__always)
  func find(_ key: RawSpan) throws(TblError) -> Int? {
    let entry = try place(of: key)
    return entry < 0 ? nil : entry
  }

  /// Where the entry of `key` begins, or -1 when there is none, which a register holds.
  private func place(of key: RawSpan) throws(TblError) -> Int {
    let hash = keyHash(key, seed: layout.seed)
    if layout.slots == 0 {
      var entry = layout.entries
      while entry < layout.index {
        if try holds(key, hash: hash, entry: entry) { return entry }
        entry &+= Layout.entryBytes
      }
      return -1
    }
    var slot = Int(hash)
    for _ in 0..<Layout.maximumProbes {
      guard let entry = try self.entry(inSlot: slot) else { return -1 }
      if try holds(key, hash: hash, entry: entry) { return entry }
      slot &+= 1
    }
    return -1
  }

  /// Where the entry that a slot names begins; nil when the slot is empty.
  ///
  /// - Parameter slot: Counted from the start of the index, taken modulo its size.
  @inline(__always)
  func entry(inSlot slot: Int) throws(TblError) -> Int? {
    let position = layout.index &+ 4 &* (slot & (layout.slots &- 1))
    // Inside: the checked header places the index.
    let number = Int(bytes.loadInside(UInt32.self, at: position))
    guard number <= layout.count else { throw corrupt(position, "no entry \(number)") }
    return number == 0 ? nil : layout.entries &+ Layout.entryBytes &* (number &- 1)
  }

  /// Whether the entry at `entry`, which is one of the map, has this key.
  @inline(__always)
  func holds(_ key: RawSpan, hash: UInt32, entry: Int) throws(TblError) -> Bool {
    // Inside: the checked header places the entries.
    let words = bytes.loadInside(UInt64.self, at: entry)
    let length = Int(bytes.loadInside(UInt32.self, at: entry &+ Layout.keyLengthOffset))
    guard UInt32(truncatingIfNeeded: words) == hash, length == key.byteCount else { return false }
    let offset = Int(words &>> 32)
    return try region(offset, length, place: entry &+ Layout.keyOffset).equals(key)
  }

  /// The key of the entry at `entry`.
  @inline(__always)
  @_lifetime(copy self)
  func key(ofEntry entry: Int) throws(TblError) -> RawSpan {
    try region(
      Int(bytes.load(UInt32.self, at: entry &+ Layout.keyOffset)),
      Int(bytes.load(UInt32.self, at: entry &+ Layout.keyLengthOffset)),
      place: entry &+ Layout.keyOffset)
  }
}
