import SharedMemory

/// How much of a move one thread has seen done, from the first group up.
///
/// A table may take over when somebody has seen that nothing is left to be done. Nobody need see
/// all of it at once: in one state of the index what is done stays done. So each thread remembers
/// how far it has come, and looks further a little with each operation; what it has done itself it
/// has seen.
///
/// What others say they have seen counts for nothing: they may have died, and where they would
/// write it anybody may scribble.
///
/// **Concurrency.** One thread at a time.
struct MoveProgress {
  private var state = IndexState(rawValue: 0)
  /// Groups below this one are done.
  private var seen = 0

  /// The groups to look at next, of `count`.
  func next(_ effort: Int, of count: Int, in state: IndexState) -> Range<Int> {
    let first = seen(in: state)
    return first..<first + min(effort, max(0, count - first))
  }

  /// Notes that `groups` were seen done in `state`.
  mutating func note(_ groups: Range<Int>, in state: IndexState) {
    let seen = seen(in: state)
    self.state = state
    self.seen = groups.lowerBound <= seen ? max(seen, groups.upperBound) : seen
  }

  /// Whether all of `count` groups were seen done in `state`.
  func isComplete(_ count: Int, in state: IndexState) -> Bool { seen(in: state) >= count }

  private func seen(in state: IndexState) -> Int { self.state == state ? seen : 0 }
}
