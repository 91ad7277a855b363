import SharedMemory

/// The control word of a queue's cell.
///
///     63           29 28 27 26            0
///     lap (35)        | state | owner (27)
///
///     empty(lap) -> writing(lap, producer) -> full(lap) -> reading(lap, consumer) -> empty(lap + 1)
///
/// A cell is claimed by one compare-and-swap that names who claims it, so whoever meets a claim of a
/// dead process can undo it: a cell being written or read by the dead becomes empty for the next lap,
/// and the element counts as lost. Positions are only ever moved forward past claimed cells, by
/// whoever sees them.
struct CellWord: Hashable, Sendable {
  enum State: UInt64 { case empty, writing, full, reading }

  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ state: State, lap: UInt64, owner: ParticipantIdentity? = nil) {
    rawValue = lap << 29 | state.rawValue << 27 | (owner?.rawValue ?? 0)
  }

  var state: State { State(rawValue: rawValue >> 27 & 3)! }
  var lap: UInt64 { rawValue >> 29 }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue) }
}
