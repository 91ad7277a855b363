import SharedMemory

extension Database {
  /// Stores a value that is made where it will lie, replacing what was under `key`.
  ///
  /// ```swift
  /// try store.put("camera/frame", count: 1_920 * 1_080, type: .bytes) { pixels in
  ///   camera.read(into: &pixels)
  /// }
  /// ```
  ///
  /// **Concurrency.** As ``put(_:_:type:)``: nobody sees the value before `fill` has returned. When
  /// the process dies meanwhile, the value before stands.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - count: Bytes of the value.
  ///   - type: What the bytes are.
  ///   - fill: Gets the bytes, whose values are anything, at a multiple of 16; it may use the
  ///     store. Where it throws, nothing was stored.
  /// - Returns: The generation of the entry, which no other incarnation has.
  /// - Throws: What `fill` throws; as ``put(_:_:type:)``, and `invalidArgument` for a negative
  ///   count.
  /// - Complexity: O(1) and what `fill` takes. Only where a full store has room in pieces and none
  ///   in one is the value filled elsewhere and copied.
  @discardableResult
  public func put<Key: ByteSource & ~Escapable>(
    _ key: Key, count: Int, type: TypeID = .bytes,
    filling fill: (inout MutableRawSpan) throws -> Void
  ) throws -> UInt64 {
    var failure: (any Error)?
    let generation = try putIfFilled(key, count: count, type: type) { bytes in
      do { try fill(&bytes) } catch { failure = error }
      return failure == nil
    }
    if let failure { throw failure }
    return generation!
  }

  /// Stores a value that is made where it will lie, if it could be made.
  ///
  /// **Concurrency.** As ``put(_:count:type:filling:)``.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - count: Bytes of the value.
  ///   - type: What the bytes are.
  ///   - fill: Gets the bytes, as of ``put(_:count:type:filling:)``; `false` from it, and nothing
  ///     was stored.
  /// - Returns: The generation of the entry; `nil` when nothing was stored.
  /// - Throws: As ``put(_:_:type:)``, and `invalidArgument` for a negative count.
  /// - Complexity: As ``put(_:count:type:filling:)``.
  public func putIfFilled<Key: ByteSource & ~Escapable>(
    _ key: Key, count: Int, type: TypeID, by fill: (inout MutableRawSpan) -> Bool
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in
      try checkKey(key)
      guard count >= 0 else {
        throw StoreError(
          .invalidArgument, place: "database '\(name)'", reason: "a value of \(count) bytes",
          remedy: "use 0 bytes or more")
      }
      var isFilled: Bool?
      do throws(StoreError) {
        let built = try buildFilled(
          key: key, type: type, byteCount: count, clearedByteCount: 0, writer: try writer()
        ) { region in
          isFilled = region.withMutableSpan(at: 0, count: count, fill)
        }
        guard isFilled == true else {
          blocks.giveBack(built, owner: try identity())
          return nil
        }
        return try publishFilled(built, key: key, when: .always)
      } catch {
        // Without room in one run, or memory to grow by, there may be room in pieces.
        guard error.code == .full || error.code == .noRoom, isFilled == nil,
          1...maximumValueLength ~= count
        else { throw error }
        return try putInPieces(key, count, type, fill)
      }
    }
  }

  /// Stores a value that may have room in pieces only.
  private func putInPieces(
    _ key: RawSpan, _ count: Int, _ type: TypeID, _ fill: (inout MutableRawSpan) -> Bool
  ) throws(StoreError) -> UInt64? {
    var isWanted = false
    let bytes = [UInt8].filled(capacity: count) { bytes in
      isWanted = fill(&bytes)
      return count
    }
    return isWanted ? try put(key: key, value: bytes.rawSpan, type: type) : nil
  }
}
