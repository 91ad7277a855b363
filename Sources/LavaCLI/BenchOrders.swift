import Dispatch
import Foundation
import SharedMemory
import Synchronization

/// What a measuring process is told to do: a line of JSON on its standard input.
enum BenchOrder: Codable {
  /// Attach to the database, which exists from now on.
  case attach
  /// Perform an operation again and again.
  case perform(BenchOperation, nanoseconds: UInt64)
}

/// The orders on this process's standard input.
///
/// **Concurrency.** A thread of its own reads ahead, so that the end is noticed in the middle of an
/// order too.
final class BenchOrders: Sendable {
  private let ended = Atomic(false)
  private let waiting = LocalMutex<[BenchOrder]>([])
  private let arrived = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      while let line = readLine(),
        let order = try? JSONDecoder().decode(BenchOrder.self, from: Data(line.utf8))
      {
        waiting.withLock { $0.append(order) }
        arrived.signal()
      }
      ended.store(true, ordering: .relaxed)
      arrived.signal()
    }
  }

  /// Whether there are no more orders, and nobody waits for an answer.
  var isEnded: Bool { ended.load(ordering: .relaxed) }

  /// Waits for the next order; `nil` at the end.
  func next() -> BenchOrder? {
    arrived.wait()
    return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
