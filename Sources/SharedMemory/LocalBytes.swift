extension RawSpan {
  /// The bytes as a plain value of exactly their size.
  @inlinable
  public func plainValue<Value: SharedValue>(as type: Value.Type) -> Value {
    precondition(byteCount == MemoryLayout<Value>.size, "the bytes have another size")
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(as: type) }
  }
}

extension SharedValue {
  /// Lends the value's bytes.
  @inlinable
  public func withPlainBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var copy = self
    let size = MemoryLayout<Self>.size
    return unsafe try withUnsafeBytes(of: &copy) { (buffer) throws(Failure) -> Result in
      unsafe try body(RawSpan(_unsafeStart: buffer.baseAddress!, byteCount: size))
    }
  }

  /// Lends the value's bytes.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withPlainBytes(body)
  }

  /// The value that `fill` writes the bytes of; `nil` where it says that it did not write them all.
  ///
  /// - Complexity: That of `fill`; the value lies on the stack, whatever its size.
  @inlinable
  public static func filled<Failure: Error>(
    by fill: (inout MutableRawSpan) throws(Failure) -> Bool
  ) throws(Failure) -> Self? {
    var isWhole = false
    // The one way to have room for a value on the stack that was not initialized.
    let room = try InlineArray<1, Self> { (output: inout OutputSpan<Self>) throws(Failure) in
      try unsafe output.withUnsafeMutableBufferPointer { buffer, count throws(Failure) in
        var bytes = unsafe MutableRawSpan(
          _unsafeStart: UnsafeMutableRawPointer(buffer.baseAddress!),
          byteCount: MemoryLayout<Self>.size)
        isWhole = try fill(&bytes)
        // Also where it is not: then nobody reads what lies there.
        count = 1
      }
    }
    return isWhole ? room[0] : nil
  }
}
