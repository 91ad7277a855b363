import SharedMemory

/// Values as text, as plain Swift values, and as any collection of bytes.
///
/// Whatever lends its bytes is put as it is: text, plain values, arrays, a tbl, a span such as
/// `data.bytes`. To get it back one says what it is.
///
/// ```swift
/// try database.put("greeting", "hello")
/// try database.put("position", [0.5, 1, 0] as InlineArray<3, Float>)
/// let greeting = try database.get("greeting", as: String.self)
/// let position = try database.get("position", as: InlineArray<3, Float>.self)
/// let data = try database.get("greeting", as: Data.self)
/// ```
extension Database {
  /// The text under `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: `typeMismatch` when the bytes are not UTF-8, whatever the entry's type says; as
  ///   ``get(_:)`` otherwise.
  /// - Complexity: As ``get(_:)``, and one look at each byte.
  @inlinable
  public func get<Key: ByteSource & ~Escapable>(
    _ key: Key, as type: String.Type
  ) throws(StoreError) -> String? {
    try key.withBytes { key throws(StoreError) in try text(of: key) }
  }

  /// The plain value under `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: `typeMismatch`, naming both sizes, when the value is not as long as `type`; as
  ///   ``get(_:)`` otherwise. That the bytes are those of the same type is the caller's to know.
  /// - Complexity: O(1) and O(bytes); nothing is allocated.
  @inlinable
  public func get<Key: ByteSource & ~Escapable, Value: SharedValue>(
    _ key: Key, as type: Value.Type
  ) throws(StoreError) -> Value? {
    var length: Int?
    let value = try Value.filled { bytes throws(StoreError) in
      length = try get(key, into: &bytes)
      return length == bytes.byteCount
    }
    if value == nil, let length {
      throw key.withBytes { sizeError($0, found: length, type) }
    }
    return value
  }

  /// The bytes under `key` in a collection of the caller's choice, such as Foundation's `Data`, or
  /// `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: As ``get(_:)``, and a second copy for any other collection than an array.
  @inlinable
  public func get<Key: ByteSource & ~Escapable, Bytes: RangeReplaceableCollection<UInt8>>(
    _ key: Key, as type: Bytes.Type
  ) throws(StoreError) -> Bytes? {
    guard let bytes = try get(key) else { return nil }
    return Bytes(bytes)
  }

  /// Replaces the plain value of `key` by what `change` makes of it.
  ///
  /// ```swift
  /// try database.update("visits", as: UInt64.self) { ($0 ?? 0) + 1 }
  /// ```
  ///
  /// **Concurrency.** As ``update(_:type:attempts:_:)``.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - valueType: What the value is.
  ///   - type: What the new bytes are.
  ///   - attempts: How often to try before giving up.
  ///   - change: Gets the value, or `nil` when the key is absent, and returns the new one, or `nil`
  ///     to leave things as they are. Has no other effects: it may be called several times.
  /// - Returns: The new generation; `nil` when `change` wanted none.
  /// - Throws: `contended` after `attempts`, and as ``get(_:as:)-(_,Value.Type)`` and
  ///   ``put(_:_:type:)``.
  /// - Complexity: O(1) and O(bytes) if nobody else writes the key; nothing is allocated.
  @inlinable @discardableResult
  public func update<Key: ByteSource & ~Escapable, Value: SharedValue>(
    _ key: Key, as valueType: Value.Type, type: TypeID = Value.usualType, attempts: Int = 1_000,
    _ change: (Value?) throws(StoreError) -> Value?
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in
      for attempt in 0..<attempts {
        var found: CopiedValue?
        let value = try Value.filled { bytes throws(StoreError) in
          found = try copyValue(of: key, into: &bytes)
          return found?.length == bytes.byteCount
        }
        if value == nil, let found { throw sizeError(key, found: found.length, valueType) }
        guard let new = try change(value) else { return nil }
        let stored = try new.withBytes { new throws(StoreError) in
          try compareAndSet(key: key, value: new, type: type, generation: found?.generation)
        }
        if let stored { return stored }
        yieldToOthers(attempt)
      }
      throw contendedError(attempts)
    }
  }

  @usableFromInline
  func text(of key: RawSpan) throws(StoreError) -> String? {
    guard let bytes = try entry(key: key)?.bytes else { return nil }
    if let text = try? UTF8Span(validating: bytes.span) { return String(copying: text) }
    throw StoreError(
      .typeMismatch, place: entryPlace(key),
      reason: "its \(bytes.count) bytes are not UTF-8 text", remedy: "get it as bytes")
  }

  @usableFromInline @inline(never)
  func sizeError<Value: SharedValue>(
    _ key: RawSpan, found: Int, _ wanted: Value.Type
  ) -> StoreError {
    StoreError(
      .typeMismatch, place: entryPlace(key),
      reason: "it has \(found) bytes, \(Value.layoutName) has \(MemoryLayout<Value>.size)",
      remedy: "get it as what was put, or put it anew")
  }

  func entryPlace(_ key: RawSpan) -> String {
    "database '\(name)', entry '\(EscapedKey.text(key.array))'"
  }
}
