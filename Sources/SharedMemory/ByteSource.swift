/// What can be a key or a value: anything that lends its bytes.
///
/// **Concurrency.** The bytes are lent on the calling thread while the call runs.
public protocol ByteSource: ~Escapable {
  /// What the bytes are, where whoever puts them does not say otherwise.
  static var usualType: TypeID { get }

  /// Calls `body` with the bytes, valid while it runs.
  func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result
}

extension ByteSource where Self: ~Escapable {
  /// Bytes of unknown meaning.
  @inlinable public static var usualType: TypeID { .bytes }
}

extension String: ByteSource {
  /// UTF-8 text.
  @inlinable public static var usualType: TypeID { .utf8 }

  /// Lends the UTF-8 bytes.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe try body(utf8Span.span.bytes)
  }
}

extension [UInt8]: ByteSource {
  /// Lends the elements.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(rawSpan)
  }
}

extension RawSpan: ByteSource {
  /// Lends itself.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(self)
  }
}

extension [UInt8] {
  /// The elements as raw bytes, for as long as the array stands.
  @inlinable
  public var rawSpan: RawSpan {
    @_lifetime(borrow self)
    get {
      // Every bit pattern of a byte is a byte.
      unsafe span.bytes
    }
  }
}

extension RawSpan {
  /// A copy of the bytes.
  ///
  /// - Complexity: O(count); one allocation.
  public var array: [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension [UInt8] {
  /// Lends the first `count` elements for writing.
  ///
  /// - Complexity: O(1), and O(elements) where others refer to them as well.
  public mutating func withMutableBytes<Result>(
    count: Int, _ body: (inout MutableRawSpan) throws -> Result
  ) rethrows -> Result {
    precondition(count >= 0 && count <= self.count, "access outside an array")
    // Every bit pattern of a byte is a byte.
    return try unsafe withUnsafeMutableBytes { buffer in
      var bytes = unsafe MutableRawSpan(
        _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      return try body(&bytes)
    }
  }
}
