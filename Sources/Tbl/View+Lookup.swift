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
  /// The first entry that may be it mostly is. All else stands apart and ends the search, so that
  /// nothing is made ready for it here.
  private func place(of bytes: RawSpan) throws(TblError) -> Int {
    let key = SoughtKey(bytes, seed: layout.seed)
    guard layout.slots > 0 else {
      var entry = layout.entries
      while entry < layout.index, !mayHold(key, entry: entry) { entry &+= Layout.entryBytes }
      guard entry < layout.index else { return -1 }
      guard let holds = holds(key, entry: entry) else { return try misplacedKey(of: entry) }
      return holds ? entry : try place(of: key, behindEntry: entry)
    }
    let slot = self.slot(Int(key.hash))
    let number = self.number(inSlot: slot)
    guard number <= layout.count else { return try unknownEntry(number, inSlot: slot) }
    guard number > 0 else { return -1 }
    let entry = entry(numbered: number)
    guard mayHold(key, entry: entry) else { return try place(of: key, behindSlot: slot) }
    guard let holds = holds(key, entry: entry) else { return try misplacedKey(of: entry) }
    return holds ? entry : try place(of: key, behindSlot: slot)
  }

  @inline(never)
  private func place(of key: SoughtKey, behindEntry first: Int) throws(TblError) -> Int {
    var entry = first &+ Layout.entryBytes
    while entry < layout.index {
      if mayHold(key, entry: entry) {
        guard let holds = holds(key, entry: entry) else { return try misplacedKey(of: entry) }
        if holds { return entry }
      }
      entry &+= Layout.entryBytes
    }
    return -1
  }

  @inline(never)
  private func place(of key: SoughtKey, behindSlot first: Int) throws(TblError) -> Int {
    for probe in 1..<Layout.maximumProbes {
      guard let entry = try entry(inSlot: Int(key.hash) &+ probe) else { return -1 }
      if mayHold(key, entry: entry) {
        guard let holds = holds(key, entry: entry) else { return try misplacedKey(of: entry) }
        if holds { return entry }
      }
    }
    return -1
  }

  /// Where the entry that a slot names begins; nil when the slot is empty.
  ///
  /// - Parameter number: Of the slot, counted from the start of the index, taken modulo its size.
  func entry(inSlot number: Int) throws(TblError) -> Int? {
    let slot = slot(number)
    let number = self.number(inSlot: slot)
    guard number <= layout.count else { return try unknownEntry(number, inSlot: slot) }
    return number == 0 ? nil : entry(numbered: number)
  }

  /// Where a slot lies.
  @inline(__always)
  private func slot(_ number: Int) -> Int {
    layout.index &+ 4 &* (number & (layout.slots &- 1))
  }

  /// The number of the entry that the slot at `slot` names, from 1 on; 0 when it is empty.
  @inline(__always)
  private func number(inSlot slot: Int) -> Int {
    // Inside: the checked header places the index.
    Int(bytes.loadInside(UInt32.self, at: slot))
  }

  /// Where an entry begins.
  ///
  /// - Parameter number: From 1 on.
  @inline(__always)
  private func entry(numbered number: Int) -> Int {
    layout.entries &+ Layout.entryBytes &* (number &- 1)
  }

  /// Whether the key of the entry at `entry`, which is one of the map, has this hash and length.
  @inline(__always)
  private func mayHold(_ key: SoughtKey, entry: Int) -> Bool {
    // Inside: the checked header places the entries.
    bytes.loadInside(UInt32.self, at: entry) == key.hash
      && Int(bytes.loadInside(UInt32.self, at: entry &+ Layout.keyLengthOffset))
        == key.bytes.byteCount
  }

  /// Whether the entry at `entry`, whose key has the length of this one, has this key; nil when it
  /// points outside its table.
  @inline(__always)
  private func holds(_ key: SoughtKey, entry: Int) -> Bool? {
    // Inside: the checked header places the entries. The length is not looked at again: others may
    // change it meanwhile.
    let offset = Int(bytes.loadInside(UInt32.self, at: entry &+ Layout.keyOffset))
    guard offset >= Layout.headerBytes, offset &+ key.bytes.byteCount <= layout.entries else {
      return nil
    }
    return key.stands(in: bytes, at: offset)
  }

  @inline(never)
  private func misplacedKey(of entry: Int) throws(TblError) -> Int {
    throw corrupt(entry &+ Layout.keyOffset, "points outside its table")
  }

  @inline(never)
  private func unknownEntry(_ number: Int, inSlot slot: Int) throws(TblError) -> Int {
    throw corrupt(slot, "no entry \(number)")
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
