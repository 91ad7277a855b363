/// The keys under which a running graph shows itself in its store.
///
/// **Concurrency.** A value.
public enum SchemaKey: Hashable, Sendable, CustomStringConvertible {
  /// The graph document as JSON.
  case graph
  /// The record of a host: a ``HostRecord``.
  case host(String)
  /// What is counted on a node: ``NodeCounters``.
  case nodeCounters(String)
  /// The state of a watched node: a tbl of any shape.
  case nodeState(String)
  /// The last failure of a node: a ``NodeError``.
  case nodeError(String)
  /// What is counted on an edge: ``EdgeCounters``.
  case edgeCounters(String)
  /// The queue of an edge between hosts.
  case edgeQueue(String)

  /// Reads a key; `nil` when it is none of these.
  public init?(parsing text: String) {
    if text == "graph" {
      self = .graph
      return
    }
    // An edge's id holds no slash, nor does any other.
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, !parts[1].isEmpty else { return nil }
    switch (parts[0], parts.count == 3 ? parts[2] : nil) {
    case ("host", nil) where parts.count == 2: self = .host(parts[1])
    case ("node", "counters"): self = .nodeCounters(parts[1])
    case ("node", "state"): self = .nodeState(parts[1])
    case ("node", "error"): self = .nodeError(parts[1])
    case ("edge", "counters"): self = .edgeCounters(parts[1])
    case ("edge", "queue"): self = .edgeQueue(parts[1])
    default: return nil
    }
  }

  /// The key as text.
  public var description: String {
    switch self {
    case .graph: "graph"
    case .host(let id): "host/\(id)"
    case .nodeCounters(let id): "node/\(id)/counters"
    case .nodeState(let id): "node/\(id)/state"
    case .nodeError(let id): "node/\(id)/error"
    case .edgeCounters(let id): "edge/\(id)/counters"
    case .edgeQueue(let id): "edge/\(id)/queue"
    }
  }

  /// What the keys of all hosts begin with.
  public static let hostPrefix = "host/"
  /// What the keys of all nodes begin with.
  public static let nodePrefix = "node/"
  /// What the keys of all edges begin with.
  public static let edgePrefix = "edge/"
}
