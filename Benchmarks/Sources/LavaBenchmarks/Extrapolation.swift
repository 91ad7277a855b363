import Glibc

/// What cannot be measured here because no machine of usual size has the memory: Lava's largest
/// store, of 2^28 blocks.
///
/// Each time the keys of a store become tenfold, more of what an operation touches lies in no
/// cache, so the cost grows with the logarithm of the keys: the last two measured points are drawn
/// on.
struct Extrapolation {
  static let keys = 1 << 28
  /// Stands where a measured line has its checksum.
  static let mark = "extrapolated"

  /// Lines as `Measurement` prints them, marked.
  let lines: [String]

  init(lines: some Sequence<String>) {
    let results = Results(lines: lines)
    let workloads = results.rows.filter { $0.shape == "1 process" && $0.at.hasSuffix(" keys") }
    var seen: Set<String> = []
    self.lines = workloads.compactMap { row in
      guard seen.insert(row.workload).inserted else { return nil }
      let points = workloads.filter { $0.workload == row.workload }.compactMap { row in
        results.cells[row]?["lava"]?.median.map { (keys: Double(row.number), cost: $0) }
      }.sorted { $0.keys < $1.keys }
      // Of less than ten million keys the caches still hold much.
      guard points.count >= 2, points[points.count - 1].keys >= 1e7 else { return nil }
      let (before, last) = (points[points.count - 2], points[points.count - 1])
      let perDoubling = (last.cost - before.cost) / log2(last.keys / before.keys)
      let cost = last.cost + perDoubling * log2(Double(Self.keys) / last.keys)
      let figure = Measurement.decimal(max(cost, last.cost), places: 2)
      return [
        "lava", row.workload, row.shape, "\(Self.keys) keys", figure, figure, row.unit, "0",
        Self.mark,
      ].joined(separator: "\t")
    }
  }
}
