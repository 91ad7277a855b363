extension Tbl {
  /// Builds a table in one pass; keys keep the order in which they were set.
  ///
  /// Setting never throws: the first thing that goes wrong is kept, and `finish()` throws it.
  ///
  /// **Concurrency.** A value; use one from one thread at a time.
  public struct Builder: Sendable {
    private var writer: RegionWriter
    private var entries: [Entry] = []
    private var own = OwnVector()

    /// A key and the value that belongs to it.
    struct Entry {
      var keyOffset: Int
      let keyLength: Int
      /// With the first seed, unless the index needs another.
      var hash: UInt32
      var record: Record
    }

    private struct OwnVector {
      var record = Record(.none)
      /// From the header to the first key.
      var byteCount = 0
      var tallestChild: Int?
      var hasStrides = false
    }

    /// An empty table.
    public init() {
      self.init(maximumBytes: Layout.maximumBytes)
    }

    /// An empty table that is refused when it needs more than `maximumBytes`.
    init(maximumBytes: Int) {
      writer = RegionWriter(maximumBytes: maximumBytes)
    }

    /// Makes room, so that setting `keys` keys that need `byteCount` bytes in all moves nothing.
    package mutating func reserve(_ byteCount: Int, keys: Int = 0) {
      writer.bytes.reserveCapacity(Layout.headerBytes + byteCount)
      if keys > 0 { entries.reserveCapacity(keys) }
    }

    /// Keys set so far.
    public var count: Int { entries.count }

    /// Sets `key` to what `write` appends behind the key's bytes.
    mutating func set(_ key: String, _ write: (inout RegionWriter) -> Record?) {
      let (keyOffset, keyLength, hash) = key.withBytes { bytes in
        (writer.append(bytes, key: key), bytes.byteCount, keyHash(bytes, seed: 0))
      }
      guard let keyOffset, let record = write(&writer) else { return }
      if entries.isEmpty { entries.reserveCapacity(Layout.largestLinearCount) }
      entries.append(
        Entry(keyOffset: keyOffset, keyLength: keyLength, hash: hash, record: record))
    }

    /// Makes what `write` appends the table's own vector, in place of an earlier one.
    ///
    /// - Complexity: O(bytes of the vector); when keys are set already, also O(their bytes),
    ///   because the own vector stands first and moves them.
    mutating func setOwnVector(_ write: (inout RegionWriter) -> Record?) {
      guard writer.failure == nil else { return }
      var vector = RegionWriter(maximumBytes: writer.maximumBytes)
      guard let record = write(&vector) else {
        writer.failure = vector.failure
        return
      }
      vector.pad(to: 8)
      let byteCount = vector.bytes.count - Layout.headerBytes
      let shift = byteCount - own.byteCount
      guard writer.fits(shift, key: nil) else { return }
      if writer.bytes.count == Layout.headerBytes {
        writer.bytes = vector.bytes
      } else {
        let old = Layout.headerBytes..<(Layout.headerBytes + own.byteCount)
        writer.bytes.replaceSubrange(old, with: vector.bytes[Layout.headerBytes...])
      }
      for index in entries.indices {
        entries[index].keyOffset += shift
        entries[index].record.move(by: shift)
      }
      writer.isTrusted = writer.isTrusted && vector.isTrusted
      own = OwnVector(
        record: record, byteCount: byteCount, tallestChild: vector.tallestChild,
        hasStrides: vector.hasStrides)
    }

    /// The finished document.
    ///
    /// - Throws: The first failure of setting; `duplicateKey`, `tooLarge`, `tooDeep` or
    ///   `collidingKeys`.
    /// - Complexity: O(bytes); what was written so far is not copied where the caller gives the
    ///   builder away: `(consume builder).finish()`.
    public consuming func finish() throws(TblError) -> Tbl {
      if let failure = writer.failure { throw failure }
      let height = max(writer.tallestChild ?? -1, own.tallestChild ?? -1) + 1
      guard height <= Tbl.maximumHeight else {
        throw TblError(.tooDeep, key: nil, "holds \(height) levels of tables")
      }
      let tail = Layout.entryBytes * entries.count + 4 * Layout.slots(for: entries.count)
      if let overflow = writer.overflow(adding: tail + 7, key: nil) { throw overflow }
      writer.pad(to: 8)
      let size = writer.bytes.count + tail
      var entries: [Entry] = []
      swap(&entries, &self.entries)
      let index = try KeyIndex(of: &entries, in: writer.bytes.span.raw)

      writer.bytes.reserveCapacity(size)
      for entry in entries { writer.bytes.append(entry) }
      writer.bytes.append(index.slots.span.raw)

      writer.bytes.store(Layout.magic, at: 0)
      writer.bytes.store(Layout.version, at: Layout.versionOffset)
      if writer.hasStrides || own.hasStrides {
        writer.bytes.store(Layout.stridesFeature, at: Layout.featuresOffset)
      }
      writer.bytes.store(UInt32(size), at: Layout.sizeOffset)
      writer.bytes.store(UInt32(entries.count), at: Layout.countOffset)
      writer.bytes.store(index.seed, at: Layout.seedOffset)
      writer.bytes.store(UInt8(height), at: Layout.heightOffset)
      writer.bytes.store(own.record, at: Layout.vectorOffset)
      return writer.isTrusted ? Tbl(trusting: writer.bytes) : try Tbl(validating: writer.bytes)
    }
  }
}
