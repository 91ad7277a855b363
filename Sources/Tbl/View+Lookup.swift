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
  ///
  /// The first entry that may be it mostly is; what is behind it stands apart, so that nothing is
  /// made ready for it.
  private func place(of key: RawSpan) throws(TblError) -> Int {
    let hash = keyHash(key, seed: layout.seed)
    guard layout.slots > 0 else {
      var entry = layout.entries
      while entry < layout.index, !mayHold(key, hash: hash, entry: entry) {
        entry &+= Layout.entryBytes
      }
      guard entry < layout.index else { return -1 }
      if try holds(key, entry: entry) { return entry }
      return try place(of: key, hash: hash, behindEntry: entry)
    }
    guard let entry = try self.entry(inSlot: Int(hash)) else { return -1 }
    if mayHold(key, hash: hash, entry: entry), try holds(key, entry: entry) { return entry }
    return try place(of: key, hash: hash, behindSlot: Int(hash))
  }

  @inline(never)
  private func place(
    of key: RawSpan, hash: UInt32, behindEntry first: Int
  ) throws(TblError) -> Int {
    var entry = first &+ Layout.entryBytes
    while entry < layout.index {
      if mayHold(key, hash: hash, entry: entry), try holds(key, entry: entry) { return entry }
      entry &+= Layout.entryBytes
    }
    return -1
  }

  @inline(never)
  private func place(
    of key: RawSpan, hash: UInt32, behindSlot first: Int
  ) throws(TblError) -> Int {
    for probe in 1..<Layout.maximumProbes {
      guard let entry = try self.entry(inSlot: first &+ probe) else { return -1 }
      if mayHold(key, hash: hash, entry: entry), try holds(key, entry: entry) { return entry }
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

  /// Whether the key of the entry at `entry`, which is one of the map, has this hash and length.
  @inline(__always)
  private func mayHold(_ key: RawSpan, hash: UInt32, entry: Int) -> Bool {
    // Inside: the checked header places the entries.
    bytes.loadInside(UInt32.self, at: entry) == hash
      && Int(bytes.loadInside(UInt32.self, at: entry &+ Layout.keyLengthOffset)) == key.byteCount
  }

  /// Whether the entry at `entry`, whose key has the length of this one, has this key.
  @inline(__always)
  private func holds(_ key: RawSpan, entry: Int) throws(TblError) -> Bool {
    // Inside: the checked header places the entries. The length is not looked at again: others may
    // change it meanwhile.
    let offset = Int(bytes.loadInside(UInt32.self, at: entry &+ Layout.keyOffset))
    return try region(offset, key.byteCount, place: entry &+ Layout.keyOffset).equals(key)
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
