// Every unsafe expression of this target stands in this file.
//
// Bounds: each load goes through `RawSpan`'s own checked subscript arithmetic, so an offset outside
// stops the program instead of reading; readers test offsets beforehand and throw.
// Lifetime: every span returned depends on the span it was cut from.
// Alignment: loads are unaligned ones; a typed span is lent only at an aligned address.
// Types: only integers and floating point numbers are loaded, for which every bit pattern is valid.

#if _endian(big)
  #error("A tbl is little-endian and its vectors are lent in place: this needs such a machine")
#endif

extension RawSpan {
  /// The number at `offset`, at any alignment. The caller has checked `offset`.
  @inline(__always)
  func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }

  /// These bytes as elements.
  var octets: Span<UInt8> {
    @_lifetime(copy self)
    get { unsafe _unsafeView(as: UInt8.self) }
  }

  /// These bytes as elements of `T`, or nil when their address is not aligned for it.
  @_lifetime(copy self)
  func lent<T: Tbl.Scalar>(as type: T.Type) -> Span<T>? {
    let isAligned = unsafe withUnsafeBytes { buffer in
      Int(bitPattern: buffer.baseAddress) % MemoryLayout<T>.alignment == 0
    }
    return isAligned ? unsafe _unsafeView(as: type) : nil
  }

  /// A copy of these bytes as `count` elements of `T`, from any address.
  func copied<T: Tbl.Scalar>(as type: T.Type) -> [T] {
    let count = byteCount / MemoryLayout<T>.stride
    // The storage that all empty arrays share must not be written to.
    guard count > 0 else { return [] }
    return unsafe [T](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[..<(count * MemoryLayout<T>.stride)]))
      }
      initialized = count
    }
  }

  /// Whether both hold the same bytes.
  @inline(__always)
  func equals(_ other: RawSpan) -> Bool {
    let count = byteCount
    guard count == other.byteCount else { return false }
    guard count >= 8 else {
      return count == 0 || tailWord(from: 0) == other.tailWord(from: 0)
    }
    var offset = 0
    while offset &+ 8 < count {
      if load(UInt64.self, at: offset) != other.load(UInt64.self, at: offset) { return false }
      offset &+= 8
    }
    // The last word may overlap the one before.
    return load(UInt64.self, at: count &- 8) == other.load(UInt64.self, at: count &- 8)
  }

  /// The 1 to 7 bytes from `offset` to the end as a little-endian word, filled up with zeros.
  @inline(__always)
  func tailWord(from offset: Int) -> UInt64 {
    let count = byteCount &- offset
    if byteCount >= 8 {
      return load(UInt64.self, at: byteCount &- 8) &>> UInt64(truncatingIfNeeded: 8 &* (8 &- count))
    }
    if count >= 4 {
      let low = UInt64(load(UInt32.self, at: offset))
      let high = UInt64(load(UInt32.self, at: byteCount &- 4))
      return low | high &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4))
    }
    var word = UInt64(load(UInt8.self, at: offset))
    if count > 1 { word |= UInt64(load(UInt8.self, at: offset &+ 1)) &<< 8 }
    if count > 2 { word |= UInt64(load(UInt8.self, at: offset &+ 2)) &<< 16 }
    return word
  }
}

extension Span where Element: Tbl.Scalar {
  /// The bytes of the elements; none of the element types has padding.
  var raw: RawSpan {
    @_lifetime(copy self)
    get { unsafe bytes }
  }
}

extension Array where Element: Tbl.Scalar {
  /// Lends the bytes of the elements to `body`.
  ///
  /// Swift 6.3 infers for the generic `Array.span` that only the count is read, so an optimised
  /// caller leaves out storing the elements of a literal; `withUnsafeBytes` has no such flaw.
  func withRaw<Result>(_ body: (RawSpan) -> Result) -> Result {
    unsafe withUnsafeBytes { buffer in unsafe body(RawSpan(_unsafeBytes: buffer)) }
  }
}

extension [UInt8] {
  /// Appends `span`.
  mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { buffer in unsafe append(contentsOf: buffer) }
  }
}
