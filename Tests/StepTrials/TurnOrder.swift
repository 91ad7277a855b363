import TestSupport

/// Decides at each step which of several threads goes on.
///
/// **Concurrency.** A value.
struct TurnOrder {
  private let handover: Handover
  /// Chooses whose turn it is; `nil` where it is the next one's.
  private var generator: SeededGenerator?

  /// When a step ends a turn.
  private enum Handover {
    /// One step in so many does.
    case oneIn(Int)
    /// These do.
    case at(Set<UInt64>)
  }

  /// An order that a seed chooses.
  ///
  /// Some errors need many changes of turn, and most few, at the right steps: with every second seed
  /// there are one to four, at steps that any others are as likely as.
  ///
  /// - SeeAlso: Burckhardt et al. (2010), doi:10.1145/1736020.1736040.
  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    if Bool.random(using: &generator) {
      handover = .oneIn(1 << Int.random(in: 0...8, using: &generator))
    } else {
      let length = UInt64(1) << UInt64.random(in: 6...11, using: &generator)
      let count = Int.random(in: 1...4, using: &generator)
      handover = .at(
        Set((0..<count).map { _ in UInt64.random(in: 1...length, using: &generator) }))
    }
    self.generator = generator
  }

  /// The first thread begins, and hands over at these steps to the next one that has not ended.
  init(handovers: Set<UInt64>) {
    handover = .at(handovers)
    generator = nil
  }

  /// Whether `step` ends a turn.
  mutating func endsTurn(at step: UInt64) -> Bool {
    switch handover {
    case .oneIn(let count): Int.random(in: 0..<count, using: &generator!) == 0
    case .at(let steps): steps.contains(step)
    }
  }

  /// Whose turn comes.
  ///
  /// - Parameters:
  ///   - thread: Whose turn has ended, if it was anybody's.
  ///   - running: Who has not ended, in ascending order.
  /// - Returns: `nil` when all have.
  mutating func next(after thread: Int?, of running: [Int]) -> Int? {
    if generator != nil { return running.randomElement(using: &generator!) }
    return running.first { $0 > thread ?? -1 } ?? running.first
  }
}
