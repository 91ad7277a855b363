/// Plain values in bytes that somebody lends.
///
/// **Concurrency.** The bytes are immutable while they are lent.
extension RawSpan {
  /// The bytes as elements of a plain type, where they lie; `nil` when they are no whole number of
  /// strides, or not aligned as the type must be.
  ///
  /// - Complexity: O(1).
  @inlinable
  @_lifetime(copy self)
  public func elements<Element: SharedValue>(of type: Element.Type) -> Span<Element>? {
    guard byteCount % MemoryLayout<Element>.stride == 0, isAligned(to: Element.self) else {
      return nil
    }
    // Count and alignment are as they must be, and every pattern of bits is a value.
    return Span(_bytes: self)
  }

  /// Lends the bytes as elements of a plain type: where they lie, or, where they are not aligned as
  /// the type must be, in a copy that is.
  ///
  /// - Precondition: A whole number of strides.
  /// - Complexity: O(1); O(bytes) for a copy.
  @inlinable
  public func withElements<Element: SharedValue, Result, Failure: Error>(
    of type: Element.Type, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(byteCount % MemoryLayout<Element>.stride == 0, "a part of an element")
    if let elements = elements(of: Element.self) { return try body(elements) }
    let count = byteCount
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count, alignment: MemoryLayout<Element>.alignment)
    defer { unsafe copy.deallocate() }
    unsafe withUnsafeBytes { unsafe copy.copyMemory(from: $0) }
    let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(copy))
    return try body(Span(_bytes: bytes))
  }

  /// Whether an element of the type may lie at the first byte.
  @inlinable
  func isAligned<Element: SharedValue>(to type: Element.Type) -> Bool {
    unsafe withUnsafeBytes { bytes in
      UInt(bitPattern: bytes.baseAddress) & UInt(MemoryLayout<Element>.alignment - 1) == 0
    }
  }

  /// The number at `offset`, in the order of bytes of all that is shared, at any address.
  ///
  /// - Precondition: Inside the bytes.
  @inlinable @inline(__always)
  public func number<Number: FixedWidthInteger & SharedValue>(
    at offset: Int, as type: Number.Type
  ) -> Number {
    precondition(
      offset >= 0 && offset <= byteCount - MemoryLayout<Number>.size, "number outside a span")
    return Number(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }
}

extension Span where Element: SharedValue {
  /// The elements' bytes, gaps between them included.
  @inlinable
  public var plainBytes: RawSpan {
    @_lifetime(copy self)
    get {
      // Every pattern of bits is a value, and a gap is none that matters.
      unsafe bytes
    }
  }
}

extension [UInt8] {
  /// Appends a copy of `bytes`.
  ///
  /// - Complexity: O(bytes).
  @inlinable
  public mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Appends a number, in the order of bytes of all that is shared.
  @inlinable
  public mutating func append<Number: FixedWidthInteger & SharedValue>(number: Number) {
    number.littleEndian.withPlainBytes { append($0) }
  }
}

extension Array where Element: SharedValue {
  /// A copy of the elements that somebody lends.
  ///
  /// - Complexity: O(elements); one allocation.
  @inlinable
  public init(copying elements: Span<Element>) {
    self = unsafe elements.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
