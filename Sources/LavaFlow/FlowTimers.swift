import SharedMemory

/// When which node wants to be called again.
///
/// **Concurrency.** Safe from any thread.
final class FlowTimers: Sendable {
  private let heap = LocalMutex(TimerHeap())
  /// Raised when an earlier moment was added than any before.
  let signal = LocalSignal()

  /// Asks for `node` to be notified at `instant`.
  func wake(_ node: Int, at instant: FlowInstant) {
    let isFirst = heap.withLock { heap in
      heap.insert(TimerHeap.Entry(instant: instant, node: node))
      return heap.first?.node == node
    }
    if isFirst { signal.raise() }
  }

  /// The next moment at which a node wants to be called.
  var next: FlowInstant? { heap.withLock { $0.first?.instant } }

  /// Removes and returns the nodes whose moments have come by `now`, earliest first.
  func takeDue(_ now: FlowInstant) -> [Int] {
    heap.withLock { heap in
      var due: [Int] = []
      while let first = heap.first, first.instant <= now {
        due.append(first.node)
        heap.removeFirst()
      }
      return due
    }
  }
}

/// A binary heap of moments, earliest first.
struct TimerHeap {
  struct Entry {
    let instant: FlowInstant
    let node: Int
  }

  private var entries: [Entry] = []

  var first: Entry? { entries.first }

  /// - Complexity: O(log entries).
  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0, entries[child].instant < entries[(child - 1) / 2].instant {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// - Complexity: O(log entries).
  mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].instant < entries[least].instant {
        least = child
      }
      if least == parent { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
