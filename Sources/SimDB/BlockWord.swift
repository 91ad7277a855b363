import SharedMemory

/// The header word of a block: the truth about who has it.
///
///     63             31 30          3   2   0
///     generation (33)  | owner (27)   | state    free, allocated, live, retired
///     stamp (33)       | head (28)    | state    tail
///
/// States of a block that begins a run:
///
///     free -> allocated -> live -> retired -> free
///                                     \-----> allocated (reused by its retirer)
///
/// - `allocated`: its owner is building a record in it, or died doing so.
/// - `live`: a slot names it, or did so a moment ago.
/// - `retired`: no slot names it; someone may still be reading it under a pin.
///
/// The generation rises at each allocation. The other blocks of a run are `tail`s: they name their
/// head and the head's stamp, the generation at which the run was claimed. A tail whose head is
/// free or has another stamp belongs to nobody and may be claimed by anyone, so a run of any length
/// is freed by one compare-and-swap on its head.
struct BlockWord: Hashable, Sendable {
  enum State: UInt64 {
    case free, allocated, live, retired, tail
  }

  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ state: State, owner: ParticipantIdentity, generation: UInt64) {
    rawValue = state.rawValue | owner.rawValue << 3 | generation << 31
  }

  static func free(generation: UInt64) -> BlockWord {
    BlockWord(rawValue: State.free.rawValue | generation << 31)
  }

  static func tail(head: Int, stamp: UInt64) -> BlockWord {
    BlockWord(rawValue: State.tail.rawValue | UInt64(head) << 3 | stamp << 31)
  }

  /// `nil` for a value no version of this layout writes.
  var state: State? { State(rawValue: rawValue & 7) }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue >> 3) }
  var generation: UInt64 { rawValue >> 31 }
  /// The word with which a slot names block `index` in this incarnation, and a pin holds it.
  func slot(of index: Int) -> SlotWord {
    SlotWord(blockIndex: index, generation: generation, collided: 0)
  }

  var head: Int { Int((rawValue >> 3) & (1 << 28 - 1)) }
  var stamp: UInt64 { rawValue >> 31 }

  /// Generations and stamps have 33 bits and wrap; a word that holds one may hold anything.
  static func next(_ generation: UInt64) -> UInt64 { (generation &+ 1) & (1 << 33 - 1) }
}
