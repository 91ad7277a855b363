import SharedMemory

/// A slot of the index: one 64-bit word, changed by one compare-and-swap.
///
///     63             31 30              3  2         1 0
///     generation (33)  | block index (28) | collided | kind     live
///     hash (53)        | epoch (8)        | collided | kind     tombstone
///     epoch (32)       | 0                           | kind     never used
///
/// A live word names one incarnation of one block, so it is unique until the block was handed out
/// 2^33 times; see `Documentation/MemoryLayout.md` for when that could be. A slot belongs to one
/// key hash for as long as its table is the index. Its tombstone is reused only by a key of that
/// hash, and by none at all once two keys of the same hash have met there (`collided`): so no key
/// ever has two slots.
///
/// While entries move to another table, slots are frozen for good:
///
///     63         32 31      30              3  2         1 0
///     epoch (32) | moved | block index (28) | collided | kind   frozen, an entry
///     epoch (32) | 0                   | dead | 1      | kind   frozen, a tombstone or never used
///
/// The epoch is the table's. The word of an entry is put into the next table as it was frozen;
/// there it has *arrived*, and stands until it is replaced or frozen in turn. So a live word stands
/// only in the table it was put into, and no compare-and-swap of somebody who was stopped for long
/// meets it in another. The generation of the block, which a frozen word has lost, stands in the
/// block's header and cannot change while the word stands.
@frozen
@usableFromInline
struct SlotWord: Hashable, Sendable {
  @usableFromInline let rawValue: UInt64

  @inlinable init(rawValue: UInt64) { self.rawValue = rawValue }

  @usableFromInline static let live: UInt64 = 1
  @usableFromInline static let tombstone: UInt64 = 2
  @usableFromInline static let frozen: UInt64 = 3
  @usableFromInline static let collidedBit: UInt64 = 1 << 2
  private static let frozenBit: UInt64 = 1 << 2
  private static let deadBit: UInt64 = 1 << 3
  private static let movedBit: UInt64 = 1 << 31
  private static let epochMask: UInt64 = 0xffff_ffff << 32
  /// Bits of a hash that a tombstone has.
  private static let hashMask: UInt64 = ~0x7ff

  @inlinable
  init(blockIndex: Int, generation: UInt64, collided: UInt64) {
    rawValue = Self.live | collided | UInt64(blockIndex) << 3 | generation << 31
  }

  /// What a slot holds that was not used since the table of `epoch` was made.
  @inlinable @inline(__always)
  static func neverUsed(epoch: UInt64) -> SlotWord { SlotWord(rawValue: epoch << 32) }

  @inlinable
  static func tombstone(hash: UInt64, epoch: UInt64, collided: UInt64) -> SlotWord {
    SlotWord(rawValue: tombstone | collided | (epoch & 0xff) << 3 | hash & ~0x7ff)
  }

  /// Whether a tombstone could not tell one hash from the other.
  static func areTwins(_ hash: UInt64, _ other: UInt64) -> Bool {
    (hash ^ other) & hashMask == 0
  }

  @inlinable var kind: UInt64 { rawValue & 3 }
  @inlinable var isLive: Bool { kind == Self.live }
  @inlinable var collided: UInt64 { rawValue & Self.collidedBit }
  @inlinable var blockIndex: Int { Int((rawValue >> 3) & (1 << 28 - 1)) }
  @inlinable var generation: UInt64 { rawValue >> 31 }

  /// The word as pins and limbo know it: the collided bit may be set while a block is live.
  @inlinable var incarnation: UInt64 { rawValue & ~Self.collidedBit }

  /// Whether this is a tombstone that a key of `hash` may take in the table of `epoch`.
  @inlinable
  func isReusableTombstone(for hash: UInt64, epoch: UInt64) -> Bool {
    let wanted = Self.tombstone(hash: hash, epoch: epoch, collided: 0)
    #if STEP_HOOK
      if Protection.tombstoneHash.isMissing { return (rawValue ^ wanted.rawValue) & 0x7ff == 0 }
    #endif
    return self == wanted
  }

  // MARK: Moving

  /// What this word, found in the table of `epoch`, is frozen to.
  func frozen(epoch: UInt64) -> SlotWord {
    let rest =
      switch kind {
      case Self.live, Self.frozen: Self.frozen | UInt64(blockIndex) << 3
      case Self.tombstone: Self.frozenBit | Self.deadBit
      default: rawValue & (Self.frozenBit | Self.deadBit) | Self.frozenBit
      }
    return SlotWord(rawValue: epoch << 32 | rest)
  }

  /// What a slot is frozen to whose entry cannot be read.
  static func dead(epoch: UInt64) -> SlotWord {
    SlotWord(rawValue: epoch << 32 | frozenBit | deadBit)
  }

  /// The table whose entries are being moved, or whose slot was never used.
  var epoch: UInt64 { rawValue >> 32 }

  /// Whether this is the word of an entry that was frozen, here or in the table before.
  @inline(__always)
  var isFrozenEntry: Bool { kind == Self.frozen }

  /// Whether this is the word of an entry that has come from the table before that of `epoch`.
  @inline(__always)
  func hasArrived(inEpoch epoch: UInt64) -> Bool {
    isFrozenEntry && rawValue >> 31 == (epoch &- 1) << 1 & (1 << 33 - 1)
  }

  /// The live word of a frozen entry whose block has `generation`.
  @inline(__always)
  func live(_ generation: UInt64) -> SlotWord {
    SlotWord(blockIndex: blockIndex, generation: generation, collided: collided)
  }

  /// Whether the entry of a frozen word is in the next table.
  var isMoved: Bool { rawValue & Self.movedBit != 0 }

  /// The frozen word once its entry is in the next table.
  var moved: SlotWord { SlotWord(rawValue: rawValue | Self.movedBit) }

  /// Whether this is what a tombstone was frozen to.
  var isDead: Bool { rawValue & ~Self.epochMask == Self.frozenBit | Self.deadBit }

  /// Whether this is what a slot was frozen to that was never used.
  var isFrozenEmpty: Bool { rawValue & ~Self.epochMask == Self.frozenBit }

  /// Whether the slot was frozen in the table of `epoch`, whatever it held.
  func isFrozen(inEpoch epoch: UInt64) -> Bool {
    self.epoch == epoch && (isFrozenEntry || isFrozenEmpty || isDead)
  }
}
