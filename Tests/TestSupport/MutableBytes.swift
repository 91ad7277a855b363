extension [UInt8] {
  /// Lends the elements for writing.
  public mutating func withMutableBytes<Result>(
    _ body: (inout MutableRawSpan) throws -> Result
  ) rethrows -> Result {
    var span = mutableSpan
    var bytes = unsafe span.mutableBytes
    return try body(&bytes)
  }
}
