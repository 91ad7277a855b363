import FlyingSocks
import Inspection
import Logging
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Serves the live page of one store to browsers on this machine.
///
/// It binds to 127.0.0.1 alone and lets in whoever holds the token of the printed address. It reads
/// the store, and nothing that is asked of it changes anything.
///
/// ```swift
/// let server = try await FissureServer.start(StoreInspector("telemetry"))
/// print(server.address)  // http://127.0.0.1:41873/?token=5f0c...
/// await server.stop()
/// ```
///
/// **Concurrency.** `Sendable`. Requests are served by tasks of the server's own; letting go of the
/// last reference ends them as ``stop()`` does, without waiting.
public final class FissureServer: Sendable {
  /// Connections served at once, at most; more are told so and closed.
  public static let maximumConnections = 128

  /// The port that it listens on.
  public let port: UInt16
  private let sessions: Sessions
  private let task: Task<Void, Never>

  private init(port: UInt16, sessions: Sessions, task: Task<Void, Never>) {
    self.port = port
    self.sessions = sessions
    self.task = task
  }

  deinit { task.cancel() }

  /// The page's address without the token: what others may know.
  public var origin: String { "http://127.0.0.1:\(port)" }

  /// The address that lets its holder in, valid until the server stops.
  public var address: String { "\(origin)/?token=\(sessions.token.text)" }

  /// Starts to serve.
  ///
  /// - Parameters:
  ///   - inspector: The store to show.
  ///   - port: The port, or 0 for any free one.
  ///   - logger: Told of what the system refuses while the server runs.
  /// - Throws: `portInUse`, `portRefused`, `system`.
  public static func start(
    _ inspector: StoreInspector, port: UInt16 = 0, logger: Logger = Logger(label: "lava.fissure")
  ) async throws(FissureError) -> FissureServer {
    try await start(inspector, port: port, logger: logger, limits: ServerLimits())
  }

  static func start(
    _ inspector: StoreInspector, port: UInt16 = 0, logger: Logger = Logger(label: "lava.fissure"),
    limits: ServerLimits
  ) async throws(FissureError) -> FissureServer {
    let pool = SocketPool<Poll>.make()
    do {
      try await pool.prepare()
    } catch {
      throw .system(call: "poll", reason: "\(error)")
    }
    let socket = try ListeningSocket(port: port, pool: pool)
    let sessions = Sessions()
    let acceptor = Acceptor(
      socket: socket, gatekeeper: Gatekeeper(port: socket.port, sessions: sessions),
      router: PageRouter(
        inspector: inspector, snapshots: SnapshotSource(inspector),
        maximumValueBytes: limits.valueBytes),
      feed: ChangeFeed(inspector), limits: limits, logger: logger)
    let task = Task {
      await withDiscardingTaskGroup { group in
        group.addTask {
          do {
            try await pool.run()
          } catch {
            if !Task.isCancelled { logger.error("the page's server ended: \(error)") }
          }
        }
        await acceptor.run(in: &group)
        group.cancelAll()
      }
      socket.close()
    }
    return FissureServer(port: socket.port, sessions: sessions, task: task)
  }

  /// Ends all connections and frees the port; returns when that is done.
  public func stop() async {
    task.cancel()
    await task.value
  }
}

/// Takes connections as they come.
private struct Acceptor: Sendable {
  let socket: ListeningSocket
  let gatekeeper: Gatekeeper
  let router: PageRouter
  let feed: ChangeFeed
  let limits: ServerLimits
  let logger: Logger

  func run(in group: inout DiscardingTaskGroup) async {
    let served = ConnectionCount(limit: FissureServer.maximumConnections)
    let refused = ConnectionCount(limit: FissureServer.maximumConnections)
    while !Task.isCancelled {
      do {
        let client = try await socket.accept()
        let connection = Connection(
          socket: client, limits: limits, gatekeeper: gatekeeper, router: router, feed: feed)
        if served.enter() {
          group.addTask {
            await connection.serve()
            served.leave()
          }
        } else if refused.enter() {
          group.addTask {
            await connection.refuse("Too many connections; close some of them.")
            refused.leave()
          }
        } else {
          try? client.close()
        }
      } catch SocketError.failed(let call, _, let message) {
        logger.warning("a connection was lost: \(call): \(message)")
        // Without a free descriptor the next attempt fails too: leave others time to close some.
        try? await Task.sleep(for: .milliseconds(100))
      } catch {
        return
      }
    }
  }
}

/// Counts connections up to a limit.
private final class ConnectionCount: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// Counts one more; `false` when there are too many.
  func enter() -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}
