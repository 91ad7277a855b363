import Dispatch
import Foundation

/// Signals that ask the program to end, one after the other.
///
/// **Concurrency.** One task waits at a time.
final class Interrupts: @unchecked Sendable {
  /// Kept, so that they go on; never touched again.
  private let sources: [any DispatchSourceSignal]
  private let stream: AsyncStream<Void>

  /// Takes over the signals' default effect; until it returns they have that, and none is lost.
  init(_ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]) {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    self.stream = stream
    let registered = DispatchSemaphore(value: 0)
    sources = signals.map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield() }
      source.setRegistrationHandler {
        // On Linux the source has put its own handler in place, which this would replace.
        #if canImport(Darwin)
          signal(number, SIG_IGN)
        #endif
        registered.signal()
      }
      source.resume()
      return source
    }
    for _ in signals { registered.wait() }
  }

  /// Waits for the next signal.
  ///
  /// - Returns: `false` when the task was cancelled instead.
  func next() async -> Bool {
    for await _ in stream { return true }
    return false
  }

  /// Waits for the next signal, at most `nanoseconds`.
  ///
  /// - Returns: `false` when the task was cancelled instead.
  func firstOrTimeout(_ nanoseconds: UInt64?) async -> Bool {
    guard let nanoseconds else { return await next() }
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.next() }
      group.addTask { (try? await Task.sleep(nanoseconds: nanoseconds)) != nil }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
