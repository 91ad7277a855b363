import Synchronization

/// What is counted on a node.
///
/// **Concurrency.** Written by the node's running thread, read by anyone; no order between words.
final class NodeCounterWords: Sendable {
  private let packetsInWord = Atomic<UInt64>(0)
  private let packetsOutWord = Atomic<UInt64>(0)
  private let errorsWord = Atomic<UInt64>(0)
  private let nanosecondsWord = Atomic<UInt64>(0)
  private let activationsWord = Atomic<UInt64>(0)

  var packetsIn: UInt64 { packetsInWord.load(ordering: .relaxed) }
  var packetsOut: UInt64 { packetsOutWord.load(ordering: .relaxed) }
  var errors: UInt64 { errorsWord.load(ordering: .relaxed) }
  var nanoseconds: UInt64 { nanosecondsWord.load(ordering: .relaxed) }
  var activations: UInt64 { activationsWord.load(ordering: .relaxed) }

  func addTurn(packetsIn: UInt64, packetsOut: UInt64, nanoseconds: UInt64) {
    add(packetsIn, to: packetsInWord)
    add(packetsOut, to: packetsOutWord)
    add(nanoseconds, to: nanosecondsWord)
    add(1, to: activationsWord)
  }

  func addError() { add(1, to: errorsWord) }

  private func add(_ count: UInt64, to word: borrowing Atomic<UInt64>) {
    // Sole writer: no pair, and no locked instruction.
    word.store(word.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }
}
