import SharedMemory
import SimDB

extension Table {
  /// How often a reader tries to copy a value that is replaced meanwhile.
  static let mostAttempts = 1_000

  /// The value of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** Wait-free but for at most 1,000 attempts; writes nothing. The value is one
  /// that the writer set, whole.
  ///
  /// - Throws: `contended` when the writer was faster each time, `corrupt`, `segmentLost`.
  /// - Complexity: O(1) and O(bytes).
  @inlinable
  public func get<Key: ByteSource & ~Escapable>(_ key: Key) throws(StoreError) -> TableValue? {
    try key.withBytes { key throws(StoreError) in try value(ofKey: key) }
  }

  /// The plain value of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``; a value of at most 24 bytes is copied without an allocation.
  ///
  /// - Returns: `nil` when the key is absent.
  /// - Throws: As ``get(_:)``; `typeMismatch` when it is not as long as `type`, or is said to be
  ///   another number, text or document. That the bytes are those of the same type is the caller's
  ///   to know where they, or `type`, have no type id below 1,024 of their own.
  /// - Complexity: O(1) and O(bytes).
  @inlinable
  public func get<Key: ByteSource & ~Escapable, Value: SharedValue>(
    _ key: Key, as type: Value.Type
  ) throws(StoreError) -> Value? {
    try key.withBytes { key throws(StoreError) in
      var found: Found?
      let value = try Value.filled { bytes throws(StoreError) in
        found = try copyValue(ofKey: key, into: &bytes)
        return found?.fits(Value.usualType, size: bytes.byteCount) == true
      }
      if value == nil, let found { throw mismatch(found, type) }
      return value
    }
  }

  /// Which publication of `key`'s cell its value is; 0 when there was none.
  ///
  /// **Concurrency.** Wait-free; writes nothing.
  ///
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(1).
  @inlinable
  public func version<Key: ByteSource & ~Escapable>(_ key: Key) throws(StoreError) -> UInt64 {
    try key.withBytes { key throws(StoreError) in try version(ofKey: key) }
  }

  /// The keys whose values are there, with their values, in the order in which they were added.
  ///
  /// **Concurrency.** Each value is whole; they need not be of one instant. Writes nothing.
  ///
  /// - Throws: As ``get(_:)``; what `body` throws.
  /// - Complexity: O(keys) and O(bytes).
  public func forEach(
    _ body: (_ key: [UInt8], _ value: TableValue) throws(StoreError) -> Void
  ) throws(StoreError) {
    for cell in try 0..<keyCount {
      guard let value = try value(of: cell) else { continue }
      guard let key = cells.key(cell) else { throw contradiction("a key lies outside") }
      try body(key, value)
    }
  }

  /// What a cell was found to hold.
  @usableFromInline
  struct Found {
    @usableFromInline let size: Int
    @usableFromInline let type: TypeID

    @usableFromInline @inline(__always)
    init(size: Int, type: TypeID) {
      self.size = size
      self.type = type
    }

    /// Whether it can be a value of `wanted`. Plain bytes may be anything, and what the ids from
    /// 1,024 on mean is known to those who chose them.
    @usableFromInline @inline(__always)
    func fits(_ wanted: TypeID, size: Int) -> Bool {
      self.size == size
        && (type == wanted || type == .bytes || wanted == .bytes || type.rawValue >= 1_024)
    }
  }

  // MARK: What is not generic, and so is made once

  @usableFromInline
  func value(ofKey key: RawSpan) throws(StoreError) -> TableValue? {
    guard let cell = try cell(of: key) else { return nil }
    return try value(of: cell)
  }

  @usableFromInline
  func copyValue(
    ofKey key: RawSpan, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Found? {
    guard let cell = try cell(of: key) else { return nil }
    return try copy(cell, into: &bytes)
  }

  @usableFromInline
  func version(ofKey key: RawSpan) throws(StoreError) -> UInt64 {
    guard let cell = try cell(of: key) else { return 0 }
    // Pair table-published: who asks for the value afterwards gets this version or a later one.
    let version = TableWord(rawValue: cells.control(cell).loadAcquiring()).version
    if version == 0 { try handle.checkLoss() }
    return version
  }

  @usableFromInline @inline(never)
  func mismatch<Value: SharedValue>(_ found: Found, _ type: Value.Type) -> StoreError {
    let reason =
      found.size == MemoryLayout<Value>.size
      ? "a value is \(found.type), and not \(Value.layoutName)"
      : "a value has \(found.size) bytes, \(Value.layoutName) has \(MemoryLayout<Value>.size)"
    return StoreError(
      .typeMismatch, place: handle.place(.table), reason: reason, remedy: "get it as what was set")
  }

  /// The cell of a key, or `nil` when it was never added.
  @inline(__always)
  func cell(of key: RawSpan) throws(StoreError) -> Int? {
    switch cells.find(key) {
    case .cell(let number): return number
    case .absent:
      try handle.checkLoss()
      return nil
    case .corrupt: throw contradiction("its index leads nowhere")
    }
  }

  /// The value of a cell, copied again until it was not replaced meanwhile; `nil` when it is
  /// absent.
  func value(of cell: Int) throws(StoreError) -> TableValue? {
    let control = cells.control(cell)
    for attempt in 0..<Self.mostAttempts {
      // Pair table-published: the half that the word names is there.
      let word = TableWord(rawValue: control.loadAcquiring())
      if word.state == .absent {
        try handle.checkLoss()
        return nil
      }
      let bytes = try bytes(of: cell, word)
      // Pair table-half-reused: the word is looked at after what was copied.
      Fence.acquire()
      if control.loadRelaxed() == word.rawValue {
        guard let bytes else { throw contradiction("a value in the store is not there") }
        return TableValue(type: word.type, bytes: bytes, version: word.version)
      }
      for _ in 0..<min(attempt, 64) { spinHint() }
    }
    throw StoreError(
      .contended, place: handle.place(.table),
      reason: "the writer replaced a value during each of \(Self.mostAttempts) attempts to copy it",
      remedy: "try again, or let the writer set it less often")
  }

  /// What the half has that the word names, torn if the word has been replaced; `nil` when it is in
  /// the store and not there.
  private func bytes(of cell: Int, _ word: TableWord) throws(StoreError) -> [UInt8]? {
    let half = cells.half(word.half, of: cell)
    switch word.state {
    case .inline:
      guard word.size <= TableLayout.halfSize else {
        throw contradiction("a value is longer than its half")
      }
      return cells.region.bytes(at: half, count: word.size)
    case .reference:
      let generation = cells.region.word(at: half).loadRelaxed()
      guard let entry = try handle.database.entry(payloadKey(cell, half: word.half)),
        entry.generation == generation
      else { return nil }
      return entry.bytes
    case .absent, .impossible: throw contradiction("a cell is in no state that there is")
    }
  }

  /// Copies the value of a cell; `nil` when it is absent.
  ///
  /// - Returns: What it is; nothing useful was copied when it is not as long as `bytes`.
  @inline(__always)
  private func copy(_ cell: Int, into bytes: inout MutableRawSpan) throws(StoreError) -> Found? {
    let control = cells.control(cell)
    // Most often a value lies in the cell and stands still.
    // Pair table-published: the half that the word names is there.
    let word = TableWord(rawValue: control.loadAcquiring())
    if word.state == .inline, word.size == bytes.byteCount, word.size <= TableLayout.halfSize {
      cells.region.copy(at: cells.half(word.half, of: cell), count: word.size, into: &bytes)
      // Pair table-half-reused: the word is looked at after what was copied.
      Fence.acquire()
      if control.loadRelaxed() == word.rawValue { return Found(size: word.size, type: word.type) }
    }
    return try copySlowly(cell, into: &bytes)
  }

  @inline(never)
  private func copySlowly(
    _ cell: Int, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Found? {
    guard let value = try value(of: cell) else { return nil }
    if value.bytes.count == bytes.byteCount {
      for (offset, byte) in value.bytes.enumerated() { bytes.setByte(byte, at: offset) }
    }
    return Found(size: value.bytes.count, type: value.type)
  }
}
