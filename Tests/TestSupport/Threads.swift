import Foundation
import Synchronization

/// Runs every body on a thread of its own and returns when all have ended.
///
/// Bodies may block: they do not take threads from Swift's pool, which has one per core.
///
/// - Throws: The first error a body threw.
public func inThreads(_ bodies: [@Sendable () throws -> Void]) throws {
  let failures = Mutex<[any Error]>([])
  let group = DispatchGroup()
  for body in bodies {
    group.enter()
    let thread = Thread {
      do { try body() } catch { failures.withLock { $0.append(error) } }
      group.leave()
    }
    thread.start()
  }
  group.wait()
  if let first = failures.withLock({ $0.first }) { throw first }
}
