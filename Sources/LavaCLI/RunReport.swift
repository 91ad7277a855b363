import LavaFlow
import LavaSchema
import SimDB
import Tbl

/// What is said of a run that has ended, taken before its store goes.
struct RunReport {
  /// A node that failed, in whichever host it runs.
  struct Failure: Hashable {
    let node: String
    let error: NodeError
  }

  let result: FlowResult
  /// In alphabetical order of the nodes.
  let failures: [Failure]

  init(_ result: FlowResult, store: Database) {
    self.result = result
    // A store that was lost tells of no node; the counts of the result stand.
    let keys = (try? store.keys(prefix: SchemaKey.nodePrefix)) ?? []
    failures = keys.compactMap { key in
      guard let text = String(validating: key, as: UTF8.self),
        case .nodeError(let node) = SchemaKey(parsing: text),
        // One that cannot be read is one of which nothing can be said; the count stands.
        let bytes = try? store.get(key), let tbl = try? Tbl(validating: bytes),
        let error = NodeError(tbl)
      else { return nil }
      return Failure(node: node, error: error)
    }
  }

  /// How the command ends.
  var status: ExitStatus { result.isSuccess && failures.isEmpty ? .success : .failure }

  /// What went wrong, a line each.
  var lines: [String] {
    var lines = failures.map { failure in
      let count = failure.error.count
      let times = count == 1 ? "" : " (the last of \(count) failures)"
      return "node '\(failure.node)': \(failure.error.message)\(times)"
    }
    // Those of nodes that have no record, such as the ends of edges between hosts.
    if result.failedCount > 0, failures.isEmpty {
      lines.append("\(result.failedCount) packets failed")
    }
    if result.undeliveredCount > 0 {
      lines.append("\(result.undeliveredCount) packets were not taken by any node")
    }
    lines += result.stalledEdges.map { edge in
      "edge \(edge) was full in a loop of full edges; give it more capacity"
    }
    return lines
  }
}
