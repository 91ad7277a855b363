import CSharedMemory

extension SharedRegion {
  /// Lends the bytes at `offset` to be written in place; the caller guarantees that nobody else
  /// writes or reads them while `body` runs.
  @inlinable
  public func withMutableSpan<Result, Failure: Error>(
    at offset: Int, count: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    check(offset, count)
    #if STEP_HOOK
      shm_step()
    #endif
    var span = unsafe MutableRawSpan(_unsafeStart: base + offset, byteCount: count)
    return try body(&span)
  }

  /// Copies from private memory: `count` bytes of `source` from `position` on, to `offset`.
  ///
  /// - Complexity: O(count).
  @inlinable @inline(__always)
  public func write(_ source: RawSpan, from position: Int, count: Int, at offset: Int) {
    check(offset, count)
    precondition(
      position >= 0 && count >= 0 && position <= source.byteCount &- count,
      "the source is too small")
    unsafe source.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe shm_copy_in(base + offset, start + position, count)
    }
  }
}

extension RawSpan {
  /// The plain value at the beginning of the bytes, which must be enough for it.
  @inlinable @inline(__always)
  public func value<Value: SharedValue>(as type: Value.Type) -> Value {
    precondition(byteCount >= MemoryLayout<Value>.size, "too few bytes for a value")
    return unsafe unsafeLoadUnaligned(as: type)
  }

  /// Lends the bytes as the one plain value they are, without a copy.
  @inlinable @inline(__always)
  public func lend<Value: SharedValue, Result, Failure: Error>(
    as type: Value.Type, _ body: (Span<Value>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(byteCount >= MemoryLayout<Value>.size, "too few bytes for a value")
    let start = unsafe withUnsafeBytes { $0.baseAddress! }
    precondition(
      UInt(bitPattern: start) % UInt(MemoryLayout<Value>.alignment) == 0,
      "a value must be aligned")
    // Every pattern of bits is a value.
    let span = unsafe Span<Value>(
      _unsafeStart: start.assumingMemoryBound(to: Value.self), count: 1)
    return try body(span)
  }
}

extension MutableRawSpan {
  /// Lends the bytes as the one plain value they are, to be written in place.
  @inlinable @inline(__always)
  public mutating func lend<Value: SharedValue, Result, Failure: Error>(
    as type: Value.Type, _ body: (inout MutableSpan<Value>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(byteCount >= MemoryLayout<Value>.size, "too few bytes for a value")
    let start = unsafe withUnsafeMutableBytes { $0.baseAddress! }
    precondition(
      UInt(bitPattern: start) % UInt(MemoryLayout<Value>.alignment) == 0,
      "a value must be aligned")
    // Every pattern of bits is a value.
    var span = unsafe MutableSpan<Value>(
      _unsafeStart: start.assumingMemoryBound(to: Value.self), count: 1)
    return try body(&span)
  }
}

extension Array where Element: SharedValue {
  /// Up to `capacity` values, of which `fill` writes the bytes, from the first on, and says how
  /// many there are.
  ///
  /// - Complexity: O(`capacity`); one allocation.
  @inlinable
  public static func filled<Failure: Error>(
    capacity: Int, by fill: (inout MutableRawSpan) throws(Failure) -> Int
  ) throws(Failure) -> [Element] {
    guard capacity > 0 else { return [] }
    var failure: Failure?
    let values = unsafe [Element](unsafeUninitializedCapacity: capacity) { buffer, count in
      var bytes = unsafe MutableRawSpan(
        _unsafeStart: UnsafeMutableRawPointer(buffer.baseAddress!),
        byteCount: capacity * MemoryLayout<Element>.stride)
      do throws(Failure) {
        let filled = try fill(&bytes)
        precondition(filled >= 0 && filled <= capacity, "more values than there is room for")
        count = filled
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }
}

extension Span where Element: SharedValue {
  /// The bytes of the values, with whatever lies between them.
  @inlinable
  public var rawBytes: RawSpan {
    @_lifetime(copy self)
    get {
      // Nothing is made of the bytes between values.
      unsafe bytes
    }
  }
}
