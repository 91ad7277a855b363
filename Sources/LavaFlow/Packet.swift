import SharedMemory
import SharedStructures
import Tbl

/// A packet lent to a node: an envelope and a payload, read in place.
///
/// It can be neither copied nor kept; what a node wants to keep, it copies out.
///
/// **Concurrency.** Lent to a node for one call; what it shows is not changed meanwhile.
public struct Packet: ~Copyable {
  @usableFromInline let cell: LocalCell
  /// Index of the input it came in by.
  public let port: Int

  @inlinable @inline(__always)
  init(cell: LocalCell, port: Int) {
    self.cell = cell
    self.port = port
  }

  /// The envelope.
  @inlinable
  public var message: Message { cell.load(as: Message.self, at: 0) }

  /// Size of the payload in bytes.
  @inlinable
  public var size: Int { Int(truncatingIfNeeded: message.size) }

  /// Number that orders packets of one source.
  @inlinable
  public var cycle: UInt64 { message.cycle }

  /// The payload as a plain value.
  ///
  /// - Throws: `wrongType` when the payload has another size. That the layouts agree was checked
  ///   when the graph was built.
  /// - Complexity: O(size of the value).
  @inlinable
  public func value<Value: SharedValue>(as type: Value.Type) throws(FlowError) -> Value {
    let message = self.message
    guard message.size == UInt64(MemoryLayout<Value>.size) else {
      throw wrongSize(message.size, type)
    }
    // No address of the value is taken: see `FlowContext.emit`.
    if MemoryLayout<Value>.size > EdgeLayout.maximumInline,
      message.kind.rawValue == EdgeLayout.localAddress
    {
      return LocalBuffer(handle: message.handle).load(as: type)
    }
    return cell.load(as: type, at: EdgeLayout.payload)
  }

  @usableFromInline
  func wrongSize<Value: SharedValue>(_ size: UInt64, _ type: Value.Type) -> FlowError {
    FlowError(
      .wrongType,
      "a packet of \(size) bytes is no \(Value.layoutName) of \(MemoryLayout<Value>.size); "
        + "read the type that the input declares")
  }

  /// Lends the payload's bytes.
  @inlinable
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let message = self.message
    let size = Int(truncatingIfNeeded: message.size)
    if message.kind.rawValue == EdgeLayout.localAddress {
      return try LocalBuffer(handle: message.handle).withSpan(count: size, body)
    }
    return try cell.withSpan(at: EdgeLayout.payload, count: size, body)
  }

  /// A copy of the payload's bytes.
  ///
  /// - Complexity: O(size).
  public func bytes() -> [UInt8] { withBytes { $0.array } }

  /// The payload as text.
  ///
  /// - Throws: `malformed` when it is not UTF-8.
  /// - Complexity: O(size).
  public func text() throws(FlowError) -> String {
    guard let text = String(validating: bytes(), as: UTF8.self) else {
      throw FlowError(.malformed, "the packet is not UTF-8; connect an output of type utf8")
    }
    return text
  }

  /// Reads the payload as a tbl in place.
  ///
  /// - Throws: `TblError` when it is none; what `body` throws.
  public func withTbl<Result>(_ body: (borrowing Tbl.View) throws -> Result) throws -> Result {
    try withBytes { (bytes: RawSpan) throws -> Result in
      try body(Tbl.View(bytes))
    }
  }

  /// A copy of the payload as a tbl.
  ///
  /// - Throws: `TblError` when it is none.
  /// - Complexity: O(size).
  public func tbl() throws(TblError) -> Tbl { try Tbl(validating: bytes()) }
}

/// Where things stand in a cell, as numbers that are inlined everywhere.
@usableFromInline
enum EdgeLayout {
  /// Offset of the payload.
  @inlinable static var payload: Int { 64 }
  /// `Message.maximumInlinePayload`.
  @inlinable static var maximumInline: Int { 1_024 }
  /// `Message.Kind.localAddress`.
  @inlinable static var localAddress: UInt8 { 2 }
}
