/// A place in private memory that holds one packet: an envelope and the bytes that follow it.
///
/// **Concurrency.** One thread at a time, handed over by the ring the cell belongs to. The cell is
/// lent: it is the holder's until the ring takes it back, and lives no longer than the ring's
/// memory.
@safe @frozen
public struct LocalCell: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// Size in bytes.
  public let byteCount: Int

  @inlinable @inline(__always)
  init(base: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe self.base = base
    self.byteCount = byteCount
  }

  @inlinable @inline(__always)
  func check(_ offset: Int, _ length: Int) {
    precondition(
      offset >= 0 && length >= 0 && offset <= byteCount &- length, "access outside a cell")
  }

  /// Makes a cell of zeros that belongs to no ring, and the memory that keeps it alive.
  public static func make(byteCount: Int) -> (cell: LocalCell, memory: LocalMemory) {
    let memory = LocalMemory(byteCount: byteCount)
    memory.clear(at: 0, count: byteCount)
    return (unsafe LocalCell(base: memory.base, byteCount: byteCount), memory)
  }

  /// Reads a plain value at `offset`.
  @inlinable @inline(__always)
  public func load<Value: SharedValue>(as type: Value.Type, at offset: Int) -> Value {
    check(offset, MemoryLayout<Value>.size)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
  }

  /// Writes a plain value at `offset`.
  @inlinable @inline(__always)
  public func store<Value: SharedValue>(_ value: Value, at offset: Int) {
    check(offset, MemoryLayout<Value>.size)
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }

  /// Copies `bytes` to `offset`.
  ///
  /// - Complexity: O(bytes).
  @inlinable
  public func write(_ bytes: RawSpan, at offset: Int) {
    check(offset, bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + offset).copyMemory(from: start, byteCount: source.count)
    }
  }

  /// Lends `count` bytes from `offset` on.
  @inlinable @inline(__always)
  public func withSpan<Result: ~Copyable, Failure: Error>(
    at offset: Int, count: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    check(offset, count)
    return try body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base + offset), byteCount: count))
  }

  /// Copies this cell's first `count` bytes over those of `other`.
  ///
  /// - Complexity: O(count).
  @inlinable
  public func copy(_ count: Int, to other: LocalCell) {
    check(0, count)
    other.check(0, count)
    unsafe other.base.copyMemory(from: base, byteCount: count)
  }
}
