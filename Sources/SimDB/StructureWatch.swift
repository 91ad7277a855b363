import SharedMemory

/// What is looked at with each access to a structure by who was once found to be allowed it:
/// whether this process is the one that asked, and whether the store is still there.
///
/// Whoever has one keeps the structure's handle. It refers to nothing, so that looking counts no
/// references.
///
/// **Concurrency.** A value; each look is a load.
@frozen
public struct StructureWatch: Sendable {
  @usableFromInline let attachment: AtomicWord
  @usableFromInline let serial: UInt64
  @usableFromInline let segment: SegmentState

  init(attachment: AtomicWord, serial: UInt64, segment: SegmentState) {
    self.attachment = attachment
    self.serial = serial
    self.segment = segment
  }

  /// Whether this process is not a child that was forked since.
  @inlinable @inline(__always)
  public var isOwn: Bool { attachment.loadRelaxed() == serial }

  /// Whether nobody has dropped the store, and its bytes are there.
  @inlinable @inline(__always)
  public var isLive: Bool { segment.isLive }

  /// Whether the store's bytes are gone.
  @inlinable @inline(__always)
  public var isLost: Bool { segment.isLost }
}

extension StructureHandle {
  /// A watch for this process.
  ///
  /// - Throws: As ``owner()``.
  public func watch() throws(StoreError) -> StructureWatch {
    _ = try owner()
    guard let serial else { throw database.readOnlyError() }
    return StructureWatch(
      attachment: serial, serial: serial.loadRelaxed(), segment: segment)
  }
}
