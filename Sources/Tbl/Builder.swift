extension Tbl {
  /// Builds a table in one pass; keys keep the order in which they were set.
  ///
  /// Setting never throws: the first thing that goes wrong is kept, and `finish()` throws it.
  ///
  /// **Concurrency.** A value; use one from one thread at a time.
  public struct Builder: Sendable {
    private var writer: RegionWriter
    /// Those of the tables around this one stand before.
    private var entries: [Entry] = []
    private var firstEntry = 0
    private var own = OwnVector()
    /// Tells this one, and copies of it, from all others that are lent; nil where it was not lent.
    private var token: Token?

    private final class Token: Sendable {}

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

    /// Begins a table inside another, whose bytes and entries it goes on with until `outer` takes
    /// them back.
    private init(within outer: inout Tbl.Builder) {
      writer = RegionWriter(within: &outer.writer)
      firstEntry = outer.entries.count
      swap(&entries, &outer.entries)
      token = Token()
    }

    /// Makes room, so that setting `keys` keys that need `byteCount` bytes in all moves nothing.
    package mutating func reserve(_ byteCount: Int, keys: Int = 0) {
      writer.bytes.reserveCapacity(Layout.headerBytes + byteCount)
      if keys > 0 { entries.reserveCapacity(keys) }
    }

    /// Keys set so far.
    public var count: Int { entries.count - firstEntry }

    /// Sets `key` to what `write` appends behind the key's bytes.
    mutating func set(_ key: String, _ write: (inout RegionWriter) -> Record?) {
      guard var entry = entry(of: key), let record = write(&writer) else { return }
      entry.record = record
      append(entry)
    }

    /// Sets `key` to a table that `fill` makes in place: nothing is copied when it is whole.
    ///
    /// ```swift
    /// robot.set("pose") { pose in
    ///   pose.set("position", vector: [0.5, 0, 1.2])
    ///   pose.set("frame", "world")
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - key: Name of the field.
    ///   - fill: Sets what the table shall hold; not called after a failure. It may not put another
    ///     builder into the place of the one that it is lent.
    /// - Throws: What `fill` throws; then nothing is set.
    /// - Complexity: O(bytes of the table).
    @inlinable
    public mutating func set<Failure: Error>(
      _ key: String, table fill: (inout Tbl.Builder) throws(Failure) -> Void
    ) throws(Failure) {
      guard var lent = lend(key) else { return }
      do throws(Failure) {
        try fill(&lent.builder)
      } catch {
        takeBack(&lent, key, keeps: false)
        throw error
      }
      takeBack(&lent, key, keeps: true)
    }

    /// A builder for a table inside this one's.
    @usableFromInline
    struct Lent {
      @usableFromInline var builder: Tbl.Builder
      /// Of the table's key.
      fileprivate var entry: Entry
      /// Where its key begins, and where the table.
      fileprivate let keyStart: Int
      fileprivate let base: Int
      fileprivate let firstEntry: Int
      fileprivate let token: AnyObject?
    }

    /// Begins a table of `key`; nil after a failure.
    @usableFromInline
    mutating func lend(_ key: String) -> Lent? {
      let keyStart = writer.bytes.count
      guard let entry = entry(of: key), writer.fits(7 + Layout.headerBytes, key: key) else {
        return nil
      }
      let inner = Tbl.Builder(within: &self)
      return Lent(
        builder: inner, entry: entry, keyStart: keyStart, base: inner.writer.base,
        firstEntry: inner.firstEntry, token: inner.token)
    }

    /// Goes on behind the table of `key`, or without it.
    @usableFromInline
    mutating func takeBack(_ lent: inout Lent, _ key: String, keeps isKept: Bool) {
      precondition(
        lent.builder.token === lent.token,
        "another builder stands in the place of that of '\(key)'")
      var failure: TblError?
      do throws(TblError) {
        if isKept { writer.note(height: try lent.builder.close()) }
      } catch {
        failure = error.inside(key)
      }
      swap(&writer.bytes, &lent.builder.writer.bytes)
      swap(&entries, &lent.builder.entries)
      entries.removeLast(entries.count - lent.firstEntry)
      guard isKept else {
        writer.bytes.removeLast(writer.bytes.count - lent.keyStart)
        return
      }
      writer.failure = failure
      writer.isTrusted = lent.builder.writer.isTrusted
      lent.entry.record = Record(
        .table, offset: lent.base - writer.base, count: writer.bytes.count - lent.base)
      append(lent.entry)
    }

    /// Writes a key.
    ///
    /// - Returns: Its entry, as yet without a value; nil when it does not fit.
    private mutating func entry(of key: String) -> Entry? {
      let (offset, length, hash) = key.withBytes { bytes in
        (writer.append(bytes, key: key), bytes.byteCount, keyHash(bytes, seed: 0))
      }
      return offset.map {
        Entry(keyOffset: $0, keyLength: length, hash: hash, record: Record(.none))
      }
    }

    private mutating func append(_ entry: Entry) {
      if entries.isEmpty { entries.reserveCapacity(Layout.largestLinearCount) }
      entries.append(entry)
    }

    /// Makes what `write` appends the table's own vector, in place of an earlier one.
    ///
    /// - Complexity: O(bytes of the vector); when keys are set already, also O(their bytes),
    ///   because the own vector stands first and moves them.
    mutating func setOwnVector(_ write: (inout RegionWriter) -> Record?) {
      guard writer.failure == nil else { return }
      let start = writer.base + Layout.headerBytes
      // An empty key of a number takes no bytes, and is moved all the same.
      guard count > 0 || own.byteCount > 0 else { return beginWithOwnVector(write) }
      var vector = RegionWriter(maximumBytes: writer.maximumBytes)
      guard let record = write(&vector) else {
        writer.failure = vector.failure
        return
      }
      vector.pad(to: 8)
      let byteCount = vector.bytes.count - Layout.headerBytes
      let shift = byteCount - own.byteCount
      guard writer.fits(shift, key: nil) else { return }
      writer.bytes.replaceSubrange(
        start..<(start + own.byteCount), with: vector.bytes[Layout.headerBytes...])
      for index in firstEntry..<entries.count {
        entries[index].keyOffset += shift
        entries[index].record.move(by: shift)
      }
      writer.isTrusted = writer.isTrusted && vector.isTrusted
      own = OwnVector(
        record: record, byteCount: byteCount, tallestChild: vector.tallestChild,
        hasStrides: vector.hasStrides)
    }

    /// Writes the table's own vector where it will lie, because nothing else is there yet.
    private mutating func beginWithOwnVector(_ write: (inout RegionWriter) -> Record?) {
      let start = writer.bytes.count
      guard let record = write(&writer) else { return }
      writer.pad(to: 8)
      own = OwnVector(
        record: record, byteCount: writer.bytes.count - start, tallestChild: writer.tallestChild,
        hasStrides: writer.hasStrides)
      // These are of the keys' values alone: another own vector may take the place of this one.
      writer.tallestChild = nil
      writer.hasStrides = false
    }

    /// The finished document.
    ///
    /// - Throws: The first failure of setting; `duplicateKey`, `tooLarge`, `tooDeep` or
    ///   `collidingKeys`.
    /// - Complexity: O(bytes); what was written so far is not copied where the caller gives the
    ///   builder away: `(consume builder).finish()`.
    public consuming func finish() throws(TblError) -> Tbl {
      _ = try close()
      // A copy of a builder that was lent has the bytes of the tables around it.
      if writer.base > 0 { writer.bytes.removeFirst(writer.base) }
      return writer.isTrusted ? Tbl(trusting: writer.bytes) : try Tbl(validating: writer.bytes)
    }

    /// Writes what stands behind the regions, and the header.
    ///
    /// - Returns: The height of the table.
    private mutating func close() throws(TblError) -> Int {
      if let failure = writer.failure { throw failure }
      let height = max(writer.tallestChild ?? -1, own.tallestChild ?? -1) + 1
      guard height <= Tbl.maximumHeight else {
        throw TblError(.tooDeep, key: nil, "holds \(height) levels of tables")
      }
      let count = count
      let tail = Layout.entryBytes * count + 4 * Layout.slots(for: count)
      if let overflow = writer.overflow(adding: tail + 7, key: nil) { throw overflow }
      writer.pad(to: 8)
      let base = writer.base
      var entries: [Entry] = []
      swap(&entries, &self.entries)
      defer { swap(&entries, &self.entries) }
      let index = try KeyIndex(
        of: &entries, from: firstEntry, in: writer.bytes.span.raw.extracting(base...))

      let size = writer.bytes.count + tail - base
      // What belongs to the tables around this one is to follow: the bytes grow as they do
      // elsewhere.
      if base == 0 { writer.bytes.reserveCapacity(size) }
      writer.bytes.append(entries[firstEntry...])
      if !index.slots.isEmpty { writer.bytes.append(index.slots.span.raw) }

      writer.bytes.store(Layout.magic, at: base)
      writer.bytes.store(Layout.version, at: base + Layout.versionOffset)
      if writer.hasStrides || own.hasStrides {
        writer.bytes.store(Layout.stridesFeature, at: base + Layout.featuresOffset)
      }
      writer.bytes.store(UInt32(size), at: base + Layout.sizeOffset)
      writer.bytes.store(UInt32(count), at: base + Layout.countOffset)
      writer.bytes.store(index.seed, at: base + Layout.seedOffset)
      writer.bytes.store(UInt8(height), at: base + Layout.heightOffset)
      writer.bytes.store(own.record, at: base + Layout.vectorOffset)
      return height
    }
  }
}
