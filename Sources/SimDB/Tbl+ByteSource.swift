import SharedMemory
import Tbl

extension Tbl: ByteSource {
  /// A tbl.
  @inlinable public static var usualType: TypeID { .tbl }

  /// Lends the document's bytes.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withBytes(body)
  }
}
