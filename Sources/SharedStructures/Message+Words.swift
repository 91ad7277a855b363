import SharedMemory
import SimDB

/// The envelope in a cell, word by word.
///
/// The fields are joined in registers: a copy of the struct's bytes would read, in wider pieces,
/// what its maker has just written in narrower ones, and wait for those to leave the store buffer.
extension Message {
  /// Reads the envelope at `offset`, which must be a multiple of 8; it may be torn unless the
  /// caller excludes writers.
  @inline(__always)
  init(in region: SharedRegion, at offset: Int) {
    let words = region.region(at: offset, count: 64)
    let kinds = words.word(at: 8).loadRelaxed()
    self.init(
      kind: Kind(rawValue: UInt8(truncatingIfNeeded: kinds >> 32)),
      type: TypeID(rawValue: UInt32(truncatingIfNeeded: kinds)),
      size: words.word(at: 16).loadRelaxed(), cycle: words.word(at: 24).loadRelaxed(),
      handle: words.word(at: 0).loadRelaxed())
    priority = UInt8(truncatingIfNeeded: kinds >> 40)
    flags = UInt16(truncatingIfNeeded: kinds >> 48)
    correlation = words.word(at: 32).loadRelaxed()
    sender = words.word(at: 40).loadRelaxed()
    replyTo = words.word(at: 48).loadRelaxed()
    deadline = words.word(at: 56).loadRelaxed()
  }

  /// Writes the envelope at `offset`, which must be a multiple of 8, with a kind, handle and size
  /// of the queue's.
  @inline(__always)
  func write(
    to region: SharedRegion, at offset: Int, kind: Kind, handle: UInt64, size: Int
  ) {
    let words = region.region(at: offset, count: 64)
    words.word(at: 0).storeRelaxed(handle)
    words.word(at: 8).storeRelaxed(
      UInt64(type) | UInt64(kind.rawValue) << 32 | UInt64(priority) << 40 | UInt64(flags) << 48)
    words.word(at: 16).storeRelaxed(UInt64(size))
    words.word(at: 24).storeRelaxed(cycle)
    words.word(at: 32).storeRelaxed(correlation)
    words.word(at: 40).storeRelaxed(sender)
    words.word(at: 48).storeRelaxed(replyTo)
    words.word(at: 56).storeRelaxed(deadline)
  }
}
