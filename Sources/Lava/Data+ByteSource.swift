import FoundationEssentials
import SharedMemory

extension Data: ByteSource {
  /// Lends the bytes.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(bytes)
  }
}
