/// The seed of a map's hashes and, beyond 8 entries, the slots of its open-addressed index.
///
/// Entries go in by linear probing in insertion order. When one of them would lie
/// `Layout.maximumProbes` slots or more from home, everything is hashed anew with the next seed;
/// at most half of the slots are used, so with honest keys the first seed serves.
struct KeyIndex {
  static let seeds: Range<UInt8> = 0..<16

  let seed: UInt8
  /// The number of an entry plus 1, or 0; empty up to 8 entries.
  let slots: [UInt32]

  /// Indexes the last of `entries`, whose keys stand in `bytes`.
  ///
  /// - Parameters:
  ///   - entries: Hashed with the first seed; afterwards with that of the index.
  ///   - first: Where those begin that count.
  ///   - bytes: The table's.
  ///   - maximumProbes: As many slots are looked at in search of a key.
  /// - Throws: `duplicateKey`, or `collidingKeys` when no seed serves.
  /// - Complexity: O(entries), and O(bytes of the keys) with each further seed.
  init(
    of entries: inout [Tbl.Builder.Entry], from first: Int = 0, in bytes: RawSpan,
    maximumProbes: Int = Layout.maximumProbes
  ) throws(TblError) {
    let slotCount = Layout.slots(for: entries.count - first)
    if slotCount == 0 { try Self.refuseTwins(entries, from: first, in: bytes) }
    for seed in Self.seeds {
      if seed != Self.seeds.lowerBound {
        for index in first..<entries.count {
          entries[index].hash = keyHash(entries[index].key(in: bytes), seed: seed)
        }
      }
      if let slots = try Self.slots(
        slotCount, for: entries, from: first, in: bytes, maximumProbes: maximumProbes)
      {
        self.seed = seed
        self.slots = slots
        return
      }
    }
    throw TblError(.collidingKeys, key: nil, "no seed spreads its \(entries.count - first) keys")
  }

  /// Compares each key with all before it.
  private static func refuseTwins(
    _ entries: [Tbl.Builder.Entry], from first: Int, in bytes: RawSpan
  ) throws(TblError) {
    for index in first..<entries.count {
      for earlier in first..<index where entries[earlier].hash == entries[index].hash {
        try refuseTwin(entries[index], entries[earlier], in: bytes)
      }
    }
  }

  private static func refuseTwin(
    _ entry: Tbl.Builder.Entry, _ earlier: Tbl.Builder.Entry, in bytes: RawSpan
  ) throws(TblError) {
    let key = entry.key(in: bytes)
    guard key.equals(earlier.key(in: bytes)) else { return }
    let name = String(decoding: key.copied(as: UInt8.self), as: UTF8.self)
    throw TblError(.duplicateKey, key: name, "was set twice")
  }

  /// The filled index, or nil when an entry would lie too far from home.
  private static func slots(
    _ count: Int, for entries: [Tbl.Builder.Entry], from first: Int, in bytes: RawSpan,
    maximumProbes: Int
  ) throws(TblError) -> [UInt32]? {
    guard count > 0 else { return [] }
    var slots = [UInt32](repeating: 0, count: count)
    for index in first..<entries.count {
      var slot = Int(entries[index].hash) & (count - 1)
      var probes = 1
      while slots[slot] != 0 {
        let earlier = first + Int(slots[slot]) - 1
        if entries[earlier].hash == entries[index].hash {
          try refuseTwin(entries[index], entries[earlier], in: bytes)
        }
        probes += 1
        guard probes <= maximumProbes else { return nil }
        slot = (slot + 1) & (count - 1)
      }
      slots[slot] = UInt32(index - first + 1)
    }
    return slots
  }
}

extension Tbl.Builder.Entry {
  /// The key's bytes.
  @_lifetime(copy bytes)
  func key(in bytes: RawSpan) -> RawSpan {
    bytes.extracting(keyOffset..<(keyOffset + keyLength))
  }
}
