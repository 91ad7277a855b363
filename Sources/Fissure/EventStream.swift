import FlyingSocks
import SharedMemory

/// Sends `change` events and heartbeats to one listener.
///
/// Nothing is queued for a slow listener: while it does not take what was sent, changes pass by,
/// and the next event is the newest. One that takes nothing for ten seconds is dropped.
struct EventStream: Sendable {
  /// Between two events at least.
  static let eventIntervalNanoseconds: UInt64 = 100_000_000
  static let heartbeatIntervalNanoseconds: UInt64 = 1_000_000_000
  /// What the system may hold for a slow listener.
  static let sendBufferBytes: Int32 = 8_192

  let connection: Connection
  let feed: ChangeFeed

  /// What stands before the events.
  static func head(keepsAlive: Bool) -> [UInt8] {
    HTTPResponse.head(
      .ok, contentType: "text/event-stream; charset=utf-8", headers: [], keepsAlive: keepsAlive)
  }

  /// Sends until the listener leaves or the task is cancelled; the first event comes at once.
  func run() async throws {
    try? connection.socket.socket.setValue(Self.sendBufferBytes, for: .sendBufferSize)
    try await connection.write(Self.head(keepsAlive: false))
    var sent: UInt64 = 0
    var nextEvent: UInt64 = 0
    var nextHeartbeat: UInt64 = 0
    while !connection.isAbandoned {
      let now = SystemClock.monotonicNanoseconds
      let change = feed.newest()
      var text = ""
      if change.serial != sent, now >= nextEvent {
        text += "event: change\ndata: {\"change\":\(change.count),\"time\":\(change.time)}\n\n"
        sent = change.serial
        nextEvent = now + Self.eventIntervalNanoseconds
      }
      if now >= nextHeartbeat {
        text += ": alive\n\n"
        nextHeartbeat = now + Self.heartbeatIntervalNanoseconds
      }
      if !text.isEmpty { try await connection.write(Array(text.utf8)) }
      try await Task.sleep(for: .nanoseconds(ChangeFeed.lookIntervalNanoseconds))
    }
  }
}
