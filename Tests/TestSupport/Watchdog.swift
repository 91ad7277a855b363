import Foundation
import SharedMemory
import Synchronization

/// Ends the process, saying what was tried, when something of it does not come to an end: a test that
/// hangs tells nothing, and holds up all others.
///
/// **Concurrency.** One thread at a time is watched.
public final class Watchdog: Sendable {
  private final class Watched: Sendable {
    /// When what is under way began; 0 when nothing is.
    let began = Atomic<UInt64>(0)
    let isOver = Atomic<Bool>(false)
  }

  private let watched = Watched()

  /// - Parameters:
  ///   - what: What is said when it hangs, such as a subject and its seed.
  ///   - seconds: How long one call may take.
  public init(_ what: String, within seconds: Double = 60) {
    let limit = UInt64(seconds * 1e9)
    let thread = Thread { [watched] in
      while !watched.isOver.load(ordering: .relaxed) {
        SystemClock.pause(nanoseconds: min(limit / 4, 100_000_000))
        let began = watched.began.load(ordering: .relaxed)
        let now = SystemClock.monotonicNanoseconds
        guard began == 0 || now < began + limit else {
          fatalError("\(what): no end after \(seconds) s")
        }
      }
    }
    thread.start()
  }

  deinit { watched.isOver.store(true, ordering: .relaxed) }

  /// Calls `body`, which is to end in time.
  public func watch<Result>(_ body: () throws -> Result) rethrows -> Result {
    watched.began.store(SystemClock.monotonicNanoseconds, ordering: .relaxed)
    defer { watched.began.store(0, ordering: .relaxed) }
    return try body()
  }
}
