import SharedMemory

/// The control word of a queue's cell.
///
///     63           29 28 27 26            0
///     lap (35)        | state | owner (27)
///
///     empty(lap) -> writing(lap, producer) -> full(lap)
///     full(lap)  -> reading(lap, consumer) -> empty(lap + 1)
///     full(lap)  -> writing(lap + 1, producer)
///
/// A cell is claimed by one compare-and-swap that names who claims it, so whoever meets a claim of
/// a dead process can undo it: a cell being written or read by the dead becomes empty for the next
/// lap, and the element counts as lost. Positions are only ever moved forward past claimed cells,
/// by whoever sees them. The second way out of `full` is that of a producer that drops the oldest.
///
/// An empty cell names an owner where a claim ended without its work being done: a payload of that
/// owner may still lie in the store.
///
/// Where elements are acknowledged, a cell that is being read names a claim, not a participant: see
/// ``ElementClaims``.
///
/// Laps wrap after 2^35, so two of them are compared by their distance alone.
struct CellWord: Hashable, Sendable {
  enum State: UInt64 { case empty, writing, full, reading }

  let rawValue: UInt64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(_ state: State, lap: UInt64, owner: ParticipantIdentity? = nil) {
    rawValue = lap << 29 | state.rawValue << 27 | (owner?.rawValue ?? 0)
  }

  @inline(__always)
  var state: State { State(rawValue: rawValue >> 27 & 3)! }
  var lap: UInt64 { rawValue >> 29 }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue) }

  /// Whether somebody is writing or reading the cell.
  var isClaim: Bool { state == .writing || state == .reading }
  /// Whether a payload of an owner may have been left in the store.
  @inline(__always)
  var hasLeftover: Bool { rawValue & ParticipantIdentity.mask != 0 }

  /// Whether the cell is in `state` of `lap`, whoever owns it.
  @inline(__always)
  func isAt(_ state: State, _ lap: UInt64) -> Bool {
    (rawValue ^ CellWord(state, lap: lap).rawValue) & ~ParticipantIdentity.mask == 0
  }

  /// How many laps the cell is ahead of `lap`, by the shorter way round.
  @inline(__always)
  func lapsAhead(of lap: UInt64) -> Int64 {
    Int64(bitPattern: ((rawValue >> 29) &- lap) << 29) >> 29
  }

  /// What the cell becomes when its claimer is done; `leftover` names whose payload may remain.
  @inline(__always)
  func emptied(leftover: ParticipantIdentity? = nil) -> CellWord {
    CellWord(.empty, lap: (rawValue >> 29) &+ 1, owner: leftover)
  }
}
