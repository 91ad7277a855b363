import Tbl

/// What is counted on an edge since the host behind it started, under `edge/ID/counters`.
///
/// **Concurrency.** A value.
public struct EdgeCounters: SchemaRecord {
  /// Packets that were put on the edge.
  public var packets: UInt64
  /// Packets on the edge now.
  public var depth: UInt64
  /// Packets the edge holds.
  public var capacity: UInt64
  /// Packets that left by the edge's overflow policy.
  public var dropped: UInt64
  /// When this was counted, in nanoseconds since the Unix epoch.
  public var time: UInt64

  /// Makes counters.
  public init(
    packets: UInt64 = 0, depth: UInt64 = 0, capacity: UInt64, dropped: UInt64 = 0, time: UInt64
  ) {
    self.packets = packets
    self.depth = depth
    self.capacity = capacity
    self.dropped = dropped
    self.time = time
  }

  /// Reads counters; `nil` when a member is missing or of another type.
  public init?(_ tbl: Tbl) {
    guard Self.isReadable(tbl), let packets = tbl.uint("packets"), let depth = tbl.uint("depth"),
      let capacity = tbl.uint("capacity"), let dropped = tbl.uint("dropped"),
      let time = tbl.uint("time")
    else { return nil }
    self.init(packets: packets, depth: depth, capacity: capacity, dropped: dropped, time: time)
  }

  /// The members in order.
  public func write(to builder: inout Tbl.Builder) {
    builder.set("packets", packets)
    builder.set("depth", depth)
    builder.set("capacity", capacity)
    builder.set("dropped", dropped)
    builder.set("time", time)
  }
}
