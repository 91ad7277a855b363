import Foundation
import Tbl

/// What the numbers of a vector are like, for people and as JSON.
struct NumberFacts: Encodable {
  struct Quantile: Encodable {
    let fraction: Double
    var number: Double?
  }

  struct Mode: Encodable {
    var number: Double?
    let count: Int

    init(_ mode: Tbl.Statistics.Mode) {
      number = mode.number
      count = mode.count
    }
  }

  struct Histogram: Encodable {
    let from: Double
    let to: Double
    let counts: [Int]
  }

  let path: String
  let type: String
  let count: Int
  let notANumber: Int
  /// Cells of a column that are not there.
  var missing: Int?
  private(set) var minimum: Double?
  private(set) var maximum: Double?
  private(set) var mean: Double?
  private(set) var standardDeviation: Double?
  private(set) var variance: Double?
  private(set) var median: Double?
  private(set) var quantiles: [Quantile] = []
  var mode: Mode?
  private(set) var histogram: Histogram?

  init(path: Tbl.Path, type: String, _ statistics: Tbl.Statistics) {
    self.path = path.description
    self.type = type
    count = statistics.count
    notANumber = statistics.notANumberCount
    // Of no numbers the limits are infinite, as if there were such.
    guard count > 0 else { return }
    minimum = statistics.minimum
    maximum = statistics.maximum
    mean = statistics.mean.ifNumber
    standardDeviation = statistics.standardDeviation.ifNumber
    variance = statistics.variance.ifNumber
  }

  /// From the smallest number to the greatest, where these are finite.
  var range: ClosedRange<Double>? {
    guard let minimum, let maximum, minimum.isFinite, maximum.isFinite else { return nil }
    return minimum...maximum
  }

  /// The same without what is infinite, of which JSON has no numbers.
  var finite: NumberFacts {
    var facts = self
    let figures: [WritableKeyPath<NumberFacts, Double?>] = [
      \.minimum, \.maximum, \.mean, \.standardDeviation, \.variance, \.median,
    ]
    for figure in figures {
      facts[keyPath: figure] = self[keyPath: figure]?.ifFinite
    }
    for index in quantiles.indices {
      facts.quantiles[index].number = quantiles[index].number?.ifFinite
    }
    facts.mode?.number = mode?.number?.ifFinite
    return facts
  }

  /// Takes the median, and behind it the numbers at `fractions`.
  mutating func set(quantiles numbers: [Double], at fractions: [Double]) {
    median = numbers.first?.ifNumber
    quantiles = zip(fractions, numbers.dropFirst()).map {
      Quantile(fraction: $0, number: $1.ifNumber)
    }
  }

  mutating func set(histogram counts: [Int], in range: ClosedRange<Double>) {
    histogram = Histogram(from: range.lowerBound, to: range.upperBound, counts: counts)
  }

  // MARK: For people

  /// A line for each fact.
  func printList() throws {
    var lines = [("type", type), ("count", "\(count)"), ("not-a-number", "\(notANumber)")]
    if let missing { lines.append(("missing", "\(missing)")) }
    lines += [
      ("minimum", Self.text(minimum)), ("maximum", Self.text(maximum)), ("mean", Self.text(mean)),
      ("standard deviation", Self.text(standardDeviation)), ("variance", Self.text(variance)),
      ("median", Self.text(median)),
    ]
    lines += quantiles.map { ("quantile \($0.fraction)", Self.text($0.number)) }
    if let mode, mode.count > 1 || count == 1 {
      lines.append(("mode", "\(Self.text(mode.number)), of which there are \(mode.count)"))
    } else {
      lines.append(("mode", "-"))
    }
    let width = lines.map(\.0.count).max() ?? 0
    for (name, value) in lines {
      let padding = String(repeating: " ", count: width - name.count)
      try Output.print("\(name)\(padding)  \(value)")
    }
  }

  /// A line for each vector; all have the same quantiles.
  static func printTable(_ all: [NumberFacts]) throws {
    let hasMissing = all.contains { $0.missing != nil }
    var columns = ["PATH", "TYPE", "COUNT", "NAN"] + (hasMissing ? ["MISSING"] : [])
    columns += ["MIN", "MAX", "MEAN", "SD", "MEDIAN"]
    columns += all.first?.quantiles.map { "Q \($0.fraction)" } ?? []
    var table = TextTable(columns: columns)
    for facts in all {
      var row = [facts.path.isEmpty ? "(vector)" : facts.path, facts.type, "\(facts.count)"]
      row.append("\(facts.notANumber)")
      if hasMissing { row.append("\(facts.missing ?? 0)") }
      row += [facts.minimum, facts.maximum, facts.mean, facts.standardDeviation, facts.median]
        .map(text)
      row += facts.quantiles.map { text($0.number) }
      table.add(row)
    }
    try table.print()
  }

  /// A bar for each part, or why there is none.
  func printHistogram(isNamed: Bool) throws {
    try Output.print("")
    if isNamed { try Output.print(path.isEmpty ? "(vector)" : path) }
    guard let histogram else {
      return try Output.print("no histogram: the numbers have no finite range")
    }
    let parts = histogram.counts.count
    // Halves, since the difference of two finite numbers may not be one.
    let half = histogram.to / 2 - histogram.from / 2
    let starts = histogram.counts.indices.map { index in
      let part = half * (Double(index) / Double(parts))
      return Self.text(histogram.from + part + part)
    }
    let width = starts.map(\.count).max() ?? 0
    let most = max(histogram.counts.max() ?? 0, 1)
    let countWidth = "\(most)".count
    for (start, count) in zip(starts, histogram.counts) {
      let number = "\(count)"
      // What is there has a bar, however short.
      let length = count == 0 ? 0 : max(1, Int(Double(count) / Double(most) * 40))
      let line =
        String(repeating: " ", count: width - start.count) + start + "  "
        + String(repeating: " ", count: countWidth - number.count) + number
      try Output.print(length == 0 ? line : line + "  " + String(repeating: "█", count: length))
    }
  }

  /// With as many digits as people read; whole numbers have all of theirs where a double tells them
  /// apart.
  private static func text(_ number: Double?) -> String {
    guard let number else { return "-" }
    if let whole = Int64(exactly: number), whole.magnitude <= 1 << 53 { return "\(whole)" }
    return abs(number) < 1_000_000 ? String(format: "%.7g", number) : number.description
  }
}

extension Double {
  /// The number, unless it is none.
  fileprivate var ifNumber: Double? { isNaN ? nil : self }
  /// The number, unless it is none or infinite.
  fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
