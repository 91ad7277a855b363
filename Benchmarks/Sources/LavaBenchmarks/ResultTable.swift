/// The results of a session as Markdown.
///
/// Where systems are compared there is a column for each, a row per workload, and how many times
/// Lava, or the best of its structures that do the work, is ahead of the best peer. Where Lava stands alone there is a column per workload, and a
/// row per place on the axis along which its cost may grow.
///
/// Systems whose name begins with `reference-` are shown and not counted as peers.
struct ResultTable {
  private typealias Row = Results.Row

  private let results: Results

  init(lines: some Sequence<String>) { results = Results(lines: lines) }

  /// The tables, or an empty text without results.
  var markdown: String {
    let tables: [String?] =
      stores
      + [
        growth("Lava's store by keys, 1 process", rows("S") { $0.shape == "1 process" }) { rows in
          rows.contains { $0.number > 1_000_000 }
        },
        comparison("By size of values", rows("V"), label: \.workloadAndPlace),
        comparison("Memory", rows("M"), label: \.workloadAndPlace),
        comparison("By processes at work", rows("C"), label: \.workloadAndPlace),
        growth("By attached processes", rows("A")),
        growth("By used blocks", rows("F")),
        growth("By deleted keys", rows("D")),
        growth("By keys that came and went", rows("U")),
        comparison("Queue", rows("Q")),
        comparison("Messages between processes", rows("R"), label: \.whole),
        comparison("Items between threads", rows("T"), label: \.whole),
        comparison("Priority queue", rows("H"), label: \.whole),
        comparison("Maps and sets", rows("K") + rows("L") + rows("N"), label: \.whole),
        comparison("Tables, states, vectors, strings", rows("X")),
        comparison("Queues and others, in and out", rows("Y")),
        comparison("Documents", rows("B")),
        comparison("Graph", rows("G")),
        comparison("The machine's floor", rows("P")),
      ]
    return tables.compactMap(\.self).joined(separator: "\n\n")
  }

  private func rows(_ letter: Character, where holds: (Row) -> Bool = { _ in true }) -> [Row] {
    results.rows.filter { $0.workload.first == letter && holds($0) }
  }

  /// A table for each number of keys that the peers were measured with too.
  private var stores: [String?] {
    let rows = rows("S")
    let places = Set(rows.map(\.at)).sorted { number(ofPlace: $0) < number(ofPlace: $1) }
    return places.map { place in
      let rows = rows.filter { $0.at == place }
      guard results.systems(of: rows) != ["lava"] || number(ofPlace: place) <= 1_000_000 else {
        return nil
      }
      let title = place == Measurement.nowhere ? "large values" : Self.place(place)
      return comparison("Store, \(title)", rows)
    }
  }

  private func number(ofPlace place: String) -> Int {
    // Large values come last.
    place == Measurement.nowhere
      ? .max : Row(workload: "", shape: "", at: place, unit: "").number
  }

  // MARK: Systems side by side

  private func comparison(
    _ title: String, _ rows: [Row], label: (Row) -> String = \.workloadAndShape
  ) -> String? {
    guard !rows.isEmpty else { return nil }
    let systems = results.systems(of: rows)
    let compares = systems.contains(where: Self.isLava) && !systems.allSatisfy(Self.isLava)
    var head = ["\(title), median (best)", "unit"] + systems
    if compares { head.append("best peer / lava") }
    let lines = rows.map { row in
      var line = [label(row), row.unit]
      line += systems.map { Self.text(results.cells[row]?[$0]) }
      if compares { line.append(ratio(row)) }
      return line
    }
    return Self.aligned(head: head, lines: lines)
  }

  /// Whether a system is Lava's: several of its structures may do the same work.
  private static func isLava(_ system: String) -> Bool { system.hasPrefix("lava") }

  private func ratio(_ row: Row) -> String {
    let cells = results.cells[row] ?? [:]
    let ours = cells.filter { Self.isLava($0.key) }.compactMap(\.value.median)
    guard let lava = ours.min(), lava > 0 else { return "" }
    let peers = cells.compactMap { name, cell -> (name: String, median: Double)? in
      guard !Self.isLava(name), !name.hasPrefix("reference-") else { return nil }
      return cell.median.map { (name, $0) }
    }
    guard let best = peers.min(by: { $0.median < $1.median }) else { return "" }
    return "**\(Measurement.decimal(best.median / lava, places: 2))** (\(best.name))"
  }

  // MARK: Lava along an axis

  /// - Parameter isWanted: Decides on a workload by its rows.
  private func growth(
    _ title: String, _ rows: [Row], where isWanted: ([Row]) -> Bool = { _ in true }
  ) -> String? {
    var workloads: [String] = []
    for row in rows where !workloads.contains(row.workload) {
      if isWanted(rows.filter { $0.workload == row.workload }) { workloads.append(row.workload) }
    }
    let rows = rows.filter { workloads.contains($0.workload) }
    guard let unit = rows.first?.unit else { return nil }
    let places = Set(rows.map(\.at)).sorted { number(ofPlace: $0) < number(ofPlace: $1) }
    let lines = places.map { place in
      [Self.place(place)]
        + workloads.map { workload in
          let row = rows.first { $0.at == place && $0.workload == workload }
          return Self.text(row.flatMap { results.cells[$0]?["lava"] })
        }
    }
    return Self.aligned(head: ["\(title), \(unit), median (best)"] + workloads, lines: lines)
  }

  // MARK: Figures

  private static func text(_ cell: Results.Cell?) -> String {
    guard let cell else { return "" }
    guard let median = cell.median else { return Measurement.full }
    if cell.isExtrapolated { return "≈ \(figure(median)), extrapolated" }
    return "\(figure(median)) (\(figure(cell.best)))"
  }

  /// Three digits are enough to compare by; thousands are set apart.
  private static func figure(_ value: Double) -> String {
    guard value >= 1000 else { return Measurement.decimal(value, places: value < 100 ? 1 : 0) }
    return grouped(Int(value.rounded()))
  }

  private static func grouped(_ value: Int) -> String {
    let digits = Array("\(value)")
    return digits.indices.map { index in
      let rest = digits.count - index
      return (index > 0 && rest % 3 == 0 ? "," : "") + String(digits[index])
    }.joined()
  }

  /// `4096 B` as `4 KiB`, `100000 keys` as `100,000 keys`.
  fileprivate static func place(_ place: String) -> String {
    let parts = place.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, var number = Int(parts[0]) else { return place }
    guard parts[1] == "B" else { return "\(grouped(number)) \(parts[1])" }
    var units = ["B", "KiB", "MiB", "GiB"][...]
    while number >= 1_024, number % 1_024 == 0, units.count > 1 {
      number /= 1_024
      units.removeFirst()
    }
    return "\(grouped(number)) \(units.first ?? "B")"
  }

  /// Pads the columns, so that the source reads as well as the page.
  private static func aligned(head: [String], lines: [[String]]) -> String {
    let widths = head.indices.map { column in
      ([head] + lines).map { $0[column].count }.max() ?? 0
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([head, rule] + lines).map { cells in
      let padded = zip(cells, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }
}

extension Results.Row {
  fileprivate var workloadAndShape: String { "\(workload), \(shape)" }
  fileprivate var whole: String { "\(workloadAndShape), \(ResultTable.place(at))" }
  fileprivate var workloadAndPlace: String { "\(workload), \(ResultTable.place(at))" }
}
