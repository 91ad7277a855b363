import SharedMemory

/// What can be told of an entry without copying it.
extension Database {
  /// What an entry is, and how long.
  public struct Facts: Hashable, Sendable {
    /// Length of the value in bytes.
    public let length: Int
    /// What the bytes are.
    public let type: TypeID
    /// Opaque and unique per incarnation: it changes with every put.
    public let generation: UInt64
  }

  /// Length, type and generation of `key`'s entry at one instant, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``; copies nothing.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(1).
  @inlinable
  public func facts<Key: ByteSource & ~Escapable>(_ key: Key) throws(StoreError) -> Facts? {
    try key.withBytes { key throws(StoreError) in try facts(key: key) }
  }

  /// Length of `key`'s value in bytes, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``facts(_:)``.
  ///
  /// - Throws: As ``facts(_:)``.
  /// - Complexity: O(1).
  @inlinable
  public func length<Key: ByteSource & ~Escapable>(_ key: Key) throws(StoreError) -> Int? {
    try facts(key)?.length
  }

  /// What `key`'s value is, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``facts(_:)``.
  ///
  /// - Throws: As ``facts(_:)``.
  /// - Complexity: O(1).
  @inlinable
  public func type<Key: ByteSource & ~Escapable>(_ key: Key) throws(StoreError) -> TypeID? {
    try facts(key)?.type
  }

  @usableFromInline
  func facts(key: RawSpan) throws(StoreError) -> Facts? {
    try read(key, hash: index.hash(key)) { record, word in
      guard record.hasPossibleLength(in: space), let type = record.type(in: space) else {
        return nil
      }
      return Facts(
        length: record.lengths.valueLength, type: type, generation: word.incarnation)
    }
  }
}
