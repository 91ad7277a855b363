import SharedMemory
import SimDB

/// Packs as values of a database.
extension Database {
  /// Stores a pack under `key`, replacing what was there.
  ///
  /// **Concurrency.** As `put`: everybody sees the pack before or this one, whole.
  ///
  /// - Returns: The generation of the entry.
  /// - Throws: As `put`.
  /// - Complexity: O(bytes).
  @discardableResult
  public func putPack<Key: ByteSource & ~Escapable>(
    _ key: Key, _ pack: Pack
  ) throws(StoreError) -> UInt64 {
    try put(key, pack)
  }

  /// Stores elements of one layout under `key`, replacing what was there.
  ///
  /// **Concurrency.** As ``putPack(_:_:)-(_,Pack)``.
  ///
  /// - Returns: The generation of the entry.
  /// - Throws: As `put`.
  /// - Complexity: O(elements), and some microseconds for the layout.
  @discardableResult
  public func putPack<Key: ByteSource & ~Escapable, Element: SharedValue>(
    _ key: Key, _ elements: [Element]
  ) throws(StoreError) -> UInt64 {
    try put(key, Pack(elements))
  }

  /// Lends the pack under `key` in place while `body` runs.
  ///
  /// **Concurrency.** As `withValue`: lock-free, and later puts do not change what is lent.
  ///
  /// - Returns: What `body` returned, or `nil` when the key is absent.
  /// - Throws: As `withValue`; `corrupt` and `incompatible` when the value is no pack that
  ///   this build reads; what `body` throws.
  /// - Complexity: O(1).
  @inlinable
  public func withPack<Key: ByteSource & ~Escapable, Result>(
    _ key: Key, _ body: (borrowing Pack.View) throws -> Result
  ) throws -> Result? {
    try key.withBytes { key in
      try withValue(key) { bytes, _ in try body(packView(bytes, of: key)) }
    }
  }

  /// Lends the elements under `key` in place while `body` runs.
  ///
  /// ```swift
  /// try database.putPack("heights", [1.5, 2.5] as [Double])
  /// let most = try database.withPack("heights", of: Double.self) { $0[1] }
  /// ```
  ///
  /// **Concurrency.** As ``withPack(_:_:)``.
  ///
  /// - Returns: What `body` returned, or `nil` when the key is absent.
  /// - Throws: As ``withPack(_:_:)``; `typeMismatch`, which names both layouts.
  /// - Complexity: O(1), and some microseconds for the layout; ``SharedVector`` keeps that.
  public func withPack<Key: ByteSource & ~Escapable, Element: SharedValue, Result>(
    _ key: Key, of type: Element.Type, _ body: (Span<Element>) throws -> Result
  ) throws -> Result? {
    let packed = PackedLayout(of: type)
    return try key.withBytes { key in
      try withValue(key) { bytes, _ in
        let view = try packView(bytes, of: key)
        let elements = try elements(of: view, by: packed, of: key)
        return try elements.withElements(of: type, body)
      }
    }
  }

  @_lifetime(copy bytes) @usableFromInline
  func packView(_ bytes: RawSpan, of key: RawSpan) throws(StoreError) -> Pack.View {
    do throws(StoreError) {
      return try Pack.View(bytes)
    } catch {
      throw error.at(packPlace(key))
    }
  }

  @_lifetime(copy view)
  private func elements(
    of view: Pack.View, by packed: PackedLayout, of key: RawSpan
  ) throws(StoreError) -> RawSpan {
    do throws(StoreError) {
      return try packed.elements(in: view)
    } catch {
      throw error.at(packPlace(key))
    }
  }

  private func packPlace(_ key: RawSpan) -> String {
    "database '\(name)', pack '\(String(decoding: key.array, as: UTF8.self))'"
  }
}

extension StoreError {
  /// The same, of another place.
  func at(_ place: String) -> StoreError {
    StoreError(code, place: place, reason: reason, remedy: remedy)
  }
}
