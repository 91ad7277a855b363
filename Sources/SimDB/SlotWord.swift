import SharedMemory

/// A slot of the index: one 64-bit word, changed by one compare-and-swap.
///
///     63             31 30              3  2         1 0
///     generation (33)  | block index (28) | collided | kind     live
///     hash (61)                           | collided | kind     tombstone
///     0                                                         never used
///
/// A live word names one incarnation of one block, so it is unique until the block was handed out
/// 2^33 times; see `Documentation/MemoryLayout.md` for when that could be. A slot belongs to one key
/// hash for ever. Its tombstone is reused only by a key of that hash, and by none at all once two
/// keys of the same hash have met there (`collided`): so no key ever has two slots.
@frozen
@usableFromInline
struct SlotWord: Hashable, Sendable {
  @usableFromInline let rawValue: UInt64

  @inlinable init(rawValue: UInt64) { self.rawValue = rawValue }

  @usableFromInline static let neverUsed: UInt64 = 0
  @usableFromInline static let live: UInt64 = 1
  @usableFromInline static let tombstone: UInt64 = 2
  @usableFromInline static let collidedBit: UInt64 = 1 << 2

  @inlinable
  init(blockIndex: Int, generation: UInt64, collided: UInt64) {
    rawValue = Self.live | collided | UInt64(blockIndex) << 3 | generation << 31
  }

  @inlinable
  static func tombstone(hash: UInt64, collided: UInt64) -> SlotWord {
    SlotWord(rawValue: tombstone | collided | hash & ~7)
  }

  @inlinable var kind: UInt64 { rawValue & 3 }
  @inlinable var isLive: Bool { kind == Self.live }
  @inlinable var collided: UInt64 { rawValue & Self.collidedBit }
  @inlinable var blockIndex: Int { Int((rawValue >> 3) & (1 << 28 - 1)) }
  @inlinable var generation: UInt64 { rawValue >> 31 }

  /// The word as pins and limbo know it: the collided bit may be set while a block is live.
  @inlinable var incarnation: UInt64 { rawValue & ~Self.collidedBit }

  /// Whether this is a tombstone that a key of `hash` may take.
  @inlinable
  func isReusableTombstone(for hash: UInt64) -> Bool {
    rawValue == Self.tombstone(hash: hash, collided: 0).rawValue
  }
}
