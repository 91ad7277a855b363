import Tbl

/// What is counted on a node since its host started, under `node/ID/counters`.
///
/// **Concurrency.** A value.
public struct NodeCounters: SchemaRecord {
  /// Id of the host that runs the node.
  public var host: String
  /// Packets taken from the inputs.
  public var packetsIn: UInt64
  /// Packets emitted, each once however many edges it went to.
  public var packetsOut: UInt64
  /// Packets whose handling failed.
  public var errors: UInt64
  /// Time spent in the node.
  public var nanoseconds: UInt64
  /// Turns in which the node was called.
  public var activations: UInt64
  /// Packets that wait on the inputs.
  public var pending: UInt64
  /// When this was counted, in nanoseconds since the Unix epoch.
  public var time: UInt64

  /// Makes counters.
  public init(
    host: String, packetsIn: UInt64 = 0, packetsOut: UInt64 = 0, errors: UInt64 = 0,
    nanoseconds: UInt64 = 0, activations: UInt64 = 0, pending: UInt64 = 0, time: UInt64
  ) {
    self.host = host
    self.packetsIn = packetsIn
    self.packetsOut = packetsOut
    self.errors = errors
    self.nanoseconds = nanoseconds
    self.activations = activations
    self.pending = pending
    self.time = time
  }

  /// Reads counters; `nil` when a member is missing or of another type.
  public init?(_ tbl: Tbl) {
    guard Self.isReadable(tbl), let host = tbl.string("host"),
      let packetsIn = tbl.uint("packetsIn"), let packetsOut = tbl.uint("packetsOut"),
      let errors = tbl.uint("errors"), let nanoseconds = tbl.uint("nanoseconds"),
      let activations = tbl.uint("activations"), let pending = tbl.uint("pending"),
      let time = tbl.uint("time")
    else { return nil }
    self.init(
      host: host, packetsIn: packetsIn, packetsOut: packetsOut, errors: errors,
      nanoseconds: nanoseconds, activations: activations, pending: pending, time: time)
  }

  /// The members in order.
  public func write(to builder: inout Tbl.Builder) {
    builder.set("host", host)
    builder.set("packetsIn", packetsIn)
    builder.set("packetsOut", packetsOut)
    builder.set("errors", errors)
    builder.set("nanoseconds", nanoseconds)
    builder.set("activations", activations)
    builder.set("pending", pending)
    builder.set("time", time)
  }
}
