import Tbl

/// What a process that runs nodes of a graph says of itself, under `host/ID`.
///
/// **Concurrency.** A value.
public struct HostRecord: SchemaRecord {
  /// Where a host is in its life.
  public enum State: String, Hashable, Sendable, CaseIterable {
    /// The process was started and does not run nodes yet.
    case starting
    /// It runs nodes.
    case running
    /// It died and is being started again.
    case restarting
    /// It ended as it should.
    case ended
    /// It died and will not be started again.
    case failed
  }

  /// Id of the host.
  public var host: String
  /// Process id.
  public var pid: UInt64
  /// Start of the process in clock ticks since boot; tells two processes of one id apart.
  public var startTime: UInt64
  /// Where it is in its life.
  public var state: State
  /// How often it was started again.
  public var restarts: UInt64
  /// How the process before this one ended, for people; empty when there was none.
  public var lastExit: String
  /// Since when it has been in this state, in nanoseconds since the Unix epoch.
  public var since: UInt64
  /// Address of the page without its token; empty where the host serves none.
  public var page: String

  /// Makes a record.
  public init(
    host: String, pid: UInt64, startTime: UInt64, state: State, restarts: UInt64 = 0,
    lastExit: String = "", since: UInt64, page: String = ""
  ) {
    self.host = host
    self.pid = pid
    self.startTime = startTime
    self.state = state
    self.restarts = restarts
    self.lastExit = lastExit
    self.since = since
    self.page = page
  }

  /// Reads a record; `nil` when a member is missing or of another type.
  public init?(_ tbl: Tbl) {
    guard Self.isReadable(tbl), let host = tbl.string("host"), let pid = tbl.uint("pid"),
      let startTime = tbl.uint("startTime"), let restarts = tbl.uint("restarts"),
      let state = tbl.string("state").flatMap(State.init(rawValue:)),
      let lastExit = tbl.string("lastExit"), let since = tbl.uint("since"),
      let page = tbl.string("page")
    else { return nil }
    self.init(
      host: host, pid: pid, startTime: startTime, state: state, restarts: restarts,
      lastExit: lastExit, since: since, page: page)
  }

  /// The members in order.
  public func write(to builder: inout Tbl.Builder) {
    builder.set("host", host)
    builder.set("pid", pid)
    builder.set("startTime", startTime)
    builder.set("state", state.rawValue)
    builder.set("restarts", restarts)
    builder.set("lastExit", lastExit)
    builder.set("since", since)
    builder.set("page", page)
  }
}
