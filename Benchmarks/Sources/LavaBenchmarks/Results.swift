/// The results of a session, folded from the lines that `Measurement` prints.
struct Results {
  /// What was measured.
  struct Row: Hashable {
    var workload: String
    var shape: String
    var at: String
    var unit: String

    /// The number that `at` begins with; 0 where there is none.
    var number: Int { at.split(separator: " ").first.flatMap { Int($0) } ?? 0 }
  }

  /// What one system came to in the rounds of a session.
  struct Cell {
    fileprivate(set) var medians: [Double] = []
    fileprivate(set) var best = Double.infinity
    fileprivate(set) var isExtrapolated = false

    /// `nil` when the store was full.
    var median: Double? { medians.isEmpty ? nil : Measurement.median(medians) }
  }

  /// In the order of their first result.
  private(set) var rows: [Row] = []
  private(set) var cells: [Row: [String: Cell]] = [:]
  private var systems: [String] = []

  /// Folds lines; several of one system and row are rounds. Other lines are ignored.
  init(lines: some Sequence<String>) {
    for line in lines {
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 9 else { continue }
      let row = Row(workload: fields[1], shape: fields[2], at: fields[3], unit: fields[6])
      if cells[row] == nil { rows.append(row) }
      if !systems.contains(fields[0]) { systems.append(fields[0]) }
      var cell = cells[row]?[fields[0]] ?? Cell()
      if let median = Double(fields[4]), let best = Double(fields[5]) {
        cell.medians.append(median)
        cell.best = min(cell.best, best)
      }
      cell.isExtrapolated = fields[8] == Extrapolation.mark
      cells[row, default: [:]][fields[0]] = cell
    }
  }

  /// Systems of some rows, in the order of their first result in the session.
  func systems(of rows: [Row]) -> [String] {
    systems.filter { system in rows.contains { cells[$0]?[system] != nil } }
  }
}
