import SharedMemory

/// What one thread of a participant writes and pins with.
///
/// **Concurrency.** Used by the thread that claimed it.
struct Writer: ~Copyable {
  let lane: Lane
  let owner: ParticipantIdentity
  var allocator: BlockAllocator
  /// Pins of the lane in use, innermost last.
  var pinDepth = 0
  /// Slots of the index taken for the first time, and not yet counted.
  var slotsTaken = 0
  /// How many are taken before they are counted where all can see it.
  var slotBatch = 1
  /// What the thread has seen of a move of the index.
  var moveProgress = MoveProgress()

  /// The greatest batch. Who takes only a few slots, and ends without a word, has counted them.
  static let mostSlots = 16
}
