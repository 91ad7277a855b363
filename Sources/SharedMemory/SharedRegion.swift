import CSharedMemory

/// A range of mapped bytes, every access checked against its ends.
///
/// **Concurrency.** Other processes may write the bytes at any time. Words are read and written
/// atomically, longer runs by copies that tolerate a race: what they return may be torn, and the
/// caller must check afterwards, by a version word, that it was current.
///
/// The region lives as long as the mapping it was taken from.
@safe @frozen
public struct SharedRegion: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// Length in bytes.
  public let count: Int

  @inlinable
  init(base: UnsafeMutableRawPointer, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  @inlinable @inline(__always)
  func check(_ offset: Int, _ length: Int) {
    precondition(
      offset >= 0 && length >= 0 && offset <= count &- length, "access outside a mapped region")
  }

  /// The 64-bit word at `offset`, which must be a multiple of 8 inside the region.
  @inlinable @inline(__always)
  public func word(at offset: Int) -> AtomicWord {
    check(offset, 8)
    precondition(offset & 7 == 0, "a word must be aligned")
    return unsafe AtomicWord((base + offset).assumingMemoryBound(to: UInt64.self))
  }

  /// The 32-bit word at `offset`, which must be a multiple of 4 inside the region.
  @inlinable @inline(__always)
  public func word32(at offset: Int) -> AtomicWord32 {
    check(offset, 4)
    precondition(offset & 3 == 0, "a word must be aligned")
    return unsafe AtomicWord32((base + offset).assumingMemoryBound(to: UInt32.self))
  }

  /// The sub-range of `count` bytes at `offset`.
  @inlinable @inline(__always)
  public func region(at offset: Int, count: Int) -> SharedRegion {
    check(offset, count)
    return unsafe SharedRegion(base: base + offset, count: count)
  }

  /// The sub-range from `offset` to the end.
  @inlinable @inline(__always)
  public func region(from offset: Int) -> SharedRegion {
    region(at: offset, count: count &- offset)
  }

  /// Asks for the line at `offset` before it is needed; outside the region nothing happens.
  @inlinable @inline(__always)
  public func prefetch(_ offset: Int) {
    if offset >= 0 && offset < count { unsafe shm_prefetch(base + offset) }
  }

  /// Copies `count` bytes at `offset` to the beginning of `destination`; they may be torn.
  ///
  /// - Complexity: O(count).
  @inlinable @inline(__always)
  public func copy(at offset: Int, count: Int, into destination: inout MutableRawSpan) {
    check(offset, count)
    precondition(count <= destination.byteCount, "the destination is too small")
    unsafe destination.withUnsafeMutableBytes { bytes in
      unsafe shm_copy_out(bytes.baseAddress, base + offset, count)
    }
  }

  /// Copies `count` bytes at `offset` to `position` of `destination`; they may be torn.
  ///
  /// - Complexity: O(count).
  @inlinable @inline(__always)
  public func copy(
    at offset: Int, count: Int, into destination: inout MutableRawSpan, at position: Int
  ) {
    check(offset, count)
    precondition(
      position >= 0 && position <= destination.byteCount - count, "the destination is too small")
    unsafe destination.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe shm_copy_out(start + position, base + offset, count)
    }
  }

  /// Copies `count` bytes at `offset` out of the mapping; they may be torn.
  ///
  /// - Complexity: O(count); one allocation.
  @inlinable
  public func bytes(at offset: Int, count: Int) -> [UInt8] {
    check(offset, count)
    // The storage that all empty arrays share must not be written to.
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { unsafe shm_copy_out(start, base + offset, count) }
      initialized = count
    }
  }

  /// Copies `source` into the mapping at `offset`.
  ///
  /// - Complexity: O(count).
  @inlinable @inline(__always)
  public func write(_ source: RawSpan, at offset: Int) {
    check(offset, source.byteCount)
    unsafe source.withUnsafeBytes { bytes in
      unsafe shm_copy_in(base + offset, bytes.baseAddress, source.byteCount)
    }
  }

  /// Whether the mapped bytes at `offset` equal `other` at this moment.
  @inlinable @inline(__always)
  public func equals(_ other: RawSpan, at offset: Int) -> Bool {
    check(offset, other.byteCount)
    return unsafe other.withUnsafeBytes { bytes in
      unsafe shm_equal(base + offset, bytes.baseAddress, other.byteCount)
    }
  }

  /// Reads a plain value at `offset`; it may be torn unless the caller excludes writers.
  @inlinable
  public func load<Value: SharedValue>(at offset: Int, as type: Value.Type) -> Value {
    check(offset, MemoryLayout<Value>.size)
    return unsafe withUnsafeTemporaryAllocation(
      byteCount: MemoryLayout<Value>.stride, alignment: 16
    ) { buffer in
      let start = buffer.baseAddress!
      unsafe shm_copy_out(start, base + offset, MemoryLayout<Value>.size)
      return unsafe start.loadUnaligned(as: Value.self)
    }
  }

  /// Writes a plain value at `offset`.
  @inlinable
  public func store<Value: SharedValue>(_ value: Value, at offset: Int) {
    check(offset, MemoryLayout<Value>.size)
    unsafe withUnsafeBytes(of: value) { bytes in
      // A value without bytes, such as that of a set, may be nowhere.
      guard let start = bytes.baseAddress else { return }
      unsafe shm_copy_in(base + offset, start, MemoryLayout<Value>.size)
    }
  }

  /// Lends the bytes at `offset` without copying; the caller guarantees that nobody writes them
  /// while `body` runs, for instance by a pin.
  @inlinable
  public func withSpan<Result, Failure: Error>(
    at offset: Int, count: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    check(offset, count)
    #if STEP_HOOK
      shm_step()
    #endif
    let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base + offset), byteCount: count)
    return try body(span)
  }

  /// Sets `count` bytes at `offset` to zero.
  public func clear(at offset: Int, count: Int) {
    check(offset, count)
    #if STEP_HOOK
      shm_step()
    #endif
    unsafe (base + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }
}

extension RawSpan {
  /// The byte at `offset`.
  @inlinable
  public func byte(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "byte outside a span")
    return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }
}

extension MutableRawSpan {
  /// Writes the byte at `offset`.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func setByte(_ byte: UInt8, at offset: Int) {
    precondition(offset >= 0 && offset < byteCount, "byte outside a span")
    storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }

  /// Copies `bytes` to `offset`.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func write(_ bytes: RawSpan, at offset: Int) {
    precondition(
      offset >= 0 && offset <= byteCount && bytes.byteCount <= byteCount - offset,
      "bytes outside a span")
    unsafe withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        // An empty one has no address.
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe (to + offset).copyMemory(from: from, byteCount: source.count)
      }
    }
  }
}
