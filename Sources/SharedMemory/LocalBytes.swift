extension RawSpan {
  /// The bytes as a plain value of exactly their size.
  public func plainValue<Value: SharedValue>(as type: Value.Type) -> Value {
    precondition(byteCount == MemoryLayout<Value>.size, "the bytes have another size")
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(as: type) }
  }
}

extension SharedValue {
  /// Lends the value's bytes.
  public func withPlainBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var copy = self
    let size = MemoryLayout<Self>.size
    return unsafe try withUnsafeBytes(of: &copy) { (buffer) throws(Failure) -> Result in
      unsafe try body(RawSpan(_unsafeStart: buffer.baseAddress!, byteCount: size))
    }
  }
}
