import Tbl

/// The last failure of a node, under `node/ID/error`.
///
/// **Concurrency.** A value.
public struct NodeError: SchemaRecord {
  /// What the node threw.
  public var message: String
  /// Failures so far.
  public var count: UInt64
  /// Cycle of the packet that failed.
  public var cycle: UInt64
  /// When it failed, in nanoseconds since the Unix epoch.
  public var time: UInt64

  /// Makes a record.
  public init(message: String, count: UInt64, cycle: UInt64, time: UInt64) {
    self.message = message
    self.count = count
    self.cycle = cycle
    self.time = time
  }

  /// Reads a record; `nil` when a member is missing or of another type.
  public init?(_ tbl: Tbl) {
    guard Self.isReadable(tbl), let message = tbl.string("message"),
      let count = tbl.uint("count"), let cycle = tbl.uint("cycle"), let time = tbl.uint("time")
    else { return nil }
    self.init(message: message, count: count, cycle: cycle, time: time)
  }

  /// The members in order.
  public func write(to builder: inout Tbl.Builder) {
    builder.set("message", message)
    builder.set("count", count)
    builder.set("cycle", cycle)
    builder.set("time", time)
  }
}
