import SharedMemory

extension Database {
  /// Stores `value` under `key` if there is no entry.
  ///
  /// **Concurrency.** Lock-free; looks and stores at one instant: of several callers one wins.
  ///
  /// - Returns: The new generation; `nil` when there was an entry, with nothing changed.
  /// - Throws: As ``put(_:_:type:)``.
  /// - Complexity: As ``put(_:_:type:)``.
  @inlinable @discardableResult
  public func putIfAbsent<Key: ByteSource & ~Escapable, Value: ByteSource & ~Escapable>(
    _ key: Key, _ value: Value, type: TypeID = Value.usualType
  ) throws(StoreError) -> UInt64? {
    try compareAndSet(key, value, type: type, generation: nil)
  }

  /// Replaces the entry of `key` by what `change` makes of it.
  ///
  /// ```swift
  /// try database.update("visits") { entry in
  ///   Array("\((entry.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0) + 1)".utf8)
  /// }
  /// ```
  ///
  /// **Concurrency.** Lock-free; nothing that others stored meanwhile is lost: when the entry
  /// changed while `change` ran, `change` is called again with the new one.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - type: What the new bytes are; as before where `nil`, or bytes.
  ///   - attempts: How often to try before giving up.
  ///   - change: Gets the entry, or `nil` when the key is absent, and returns the new value, or
  ///     `nil` to leave things as they are. Has no other effects: it may be called several times.
  /// - Returns: The new generation; `nil` when `change` wanted none.
  /// - Throws: `contended` after `attempts`, and as ``put(_:_:type:)``.
  /// - Complexity: As ``entry(_:)`` and ``put(_:_:type:)``, once if nobody else writes the key.
  @inlinable @discardableResult
  public func update<Key: ByteSource & ~Escapable>(
    _ key: Key, type: TypeID? = nil, attempts: Int = 1_000,
    _ change: (Entry?) throws(StoreError) -> [UInt8]?
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in
      for attempt in 0..<attempts {
        let entry = try entry(key: key)
        guard let value = try change(entry) else { return nil }
        let stored = try compareAndSet(
          key: key, value: value.rawSpan, type: type ?? entry?.type ?? .bytes,
          generation: entry?.generation)
        if let stored { return stored }
        yieldToOthers(attempt)
      }
      throw contendedError(attempts)
    }
  }

  /// The others get the longer the more often they were first.
  @usableFromInline
  func yieldToOthers(_ attempt: Int) {
    for _ in 0..<min(attempt, 64) { spinHint() }
  }

  @usableFromInline
  func contendedError(_ attempts: Int) -> StoreError {
    StoreError(
      .contended, place: "database '\(name)'",
      reason: "others changed the entry before each of \(attempts) attempts to update it",
      remedy: "try again, or let fewer update one key")
  }
}
