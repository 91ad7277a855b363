import Dispatch
import Foundation

/// Signals that ask the program to end, one after the other.
final class Interrupts: Sendable {
  private let sources: [any DispatchSourceSignal & Sendable]
  private let stream: AsyncStream<Void>

  /// Takes over the signals' default effect.
  init(_ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]) {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    self.stream = stream
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield() }
      source.resume()
      return source
    }
  }

  /// Waits for the next signal, or for the task's cancellation.
  func next() async {
    for await _ in stream { return }
  }

  /// Waits for the next signal, at most `nanoseconds`.
  func firstOrTimeout(_ nanoseconds: UInt64?) async {
    guard let nanoseconds else { return await next() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.next() }
      group.addTask { try? await Task.sleep(nanoseconds: nanoseconds) }
      await group.next()
      group.cancelAll()
    }
  }
}
