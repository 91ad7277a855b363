/// The results of a session as Markdown: one table per structure, a column per system, a row per
/// workload, and how many times Lava is ahead of the best peer.
///
/// Systems whose name begins with `reference-` are shown and not counted as peers.
struct ResultTable {
  private struct Row: Hashable {
    var workload: String
    var shape: String
    var unit: String
  }

  private struct Cell {
    var medians: [Double] = []
    var best = Double.infinity

    var median: Double { Measurement.median(medians) }
  }

  private static let sections: [(letter: Character, title: String)] = [
    ("S", "Store"), ("Q", "Queue"), ("G", "Graph"), ("P", "The machine's floor"),
  ]

  private var rows: [Row] = []
  private var cells: [Row: [String: Cell]] = [:]
  /// In the order of their first result.
  private var systems: [Character: [String]] = [:]

  /// Folds lines as `Measurement` prints them; several of one system and workload are rounds of one
  /// session. Other lines are ignored.
  init(lines: some Sequence<String>) {
    for line in lines {
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 8, let median = Double(fields[3]), let best = Double(fields[4]) else {
        continue
      }
      add(
        system: fields[0], row: Row(workload: fields[1], shape: fields[2], unit: fields[5]),
        median: median, best: best)
    }
  }

  private mutating func add(system: String, row: Row, median: Double, best: Double) {
    if cells[row] == nil { rows.append(row) }
    var cell = cells[row]?[system] ?? Cell()
    cell.medians.append(median)
    cell.best = min(cell.best, best)
    cells[row, default: [:]][system] = cell
    guard let letter = row.workload.first else { return }
    if systems[letter]?.contains(system) != true { systems[letter, default: []].append(system) }
  }

  /// The tables, or an empty text without results.
  var markdown: String {
    Self.sections.compactMap { section(letter: $0.letter, title: $0.title) }
      .joined(separator: "\n\n")
  }

  private func section(letter: Character, title: String) -> String? {
    guard let systems = systems[letter] else { return nil }
    let rows = rows.filter { $0.workload.first == letter }
    let compares = systems.contains("lava")
    var head = ["\(title), median (best)", "unit"] + systems
    if compares { head.append("best peer / lava") }
    let lines = rows.map { row in
      var line = ["\(row.workload), \(row.shape)", row.unit]
      line += systems.map { cells[row]?[$0].map(Self.text) ?? "" }
      if compares { line.append(ratio(row)) }
      return line
    }
    return Self.aligned(head: head, lines: lines)
  }

  private func ratio(_ row: Row) -> String {
    guard let cells = cells[row], let lava = cells["lava"] else { return "" }
    let peers = cells.filter { $0.key != "lava" && !$0.key.hasPrefix("reference-") }
    guard let best = peers.min(by: { $0.value.median < $1.value.median }), lava.median > 0 else {
      return ""
    }
    let times = Measurement.decimal(best.value.median / lava.median, places: 2)
    return "**\(times)** (\(best.key))"
  }

  private static func text(_ cell: Cell) -> String {
    "\(figure(cell.median)) (\(figure(cell.best)))"
  }

  /// Three digits are enough to compare by; thousands are set apart.
  private static func figure(_ value: Double) -> String {
    guard value >= 1000 else { return Measurement.decimal(value, places: value < 100 ? 1 : 0) }
    let digits = Array("\(Int(value.rounded()))")
    return digits.indices.map { index in
      let rest = digits.count - index
      return (index > 0 && rest % 3 == 0 ? "," : "") + String(digits[index])
    }.joined()
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
