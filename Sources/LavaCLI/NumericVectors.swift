import Tbl

/// Goes through a document and gathers what its vectors of numbers are like.
struct NumericVectors {
  let fractions: [Double]
  let histogramCount: Int?
  let hasMode: Bool
  private(set) var found: [NumberFacts] = []

  init(fractions: [Double], histogramCount: Int?, hasMode: Bool) {
    self.fractions = fractions
    self.histogramCount = histogramCount
    self.hasMode = hasMode
  }

  /// Adds all vectors of a table.
  mutating func add(_ table: borrowing Tbl.View, at path: Tbl.Path) throws {
    if let vector = try table.vector() { try add(vector, at: path) }
    for index in 0..<table.count {
      try add(table.field(at: index), at: path.appending(table.key(at: index)))
    }
  }

  /// Adds a vector, or those inside.
  mutating func add(_ field: borrowing Tbl.Field, at path: Tbl.Path) throws {
    if let statistics = try field.statistics() {
      return found.append(try facts(of: field, statistics, at: path))
    }
    if let table = try field.table() {
      if let facts = try column(table, at: path) { return found.append(facts) }
      return try add(table, at: path)
    }
    guard field.isVector, field.type == .table || field.type == .value else { return }
    for index in 0..<field.count {
      let inside = Tbl.Path(parts: path.parts + (try field.indices(of: index)))
      try add(field.element(at: index), at: inside)
    }
  }

  private func facts(
    of field: borrowing Tbl.Field, _ statistics: Tbl.Statistics, at path: Tbl.Path
  ) throws -> NumberFacts {
    var facts = NumberFacts(path: path, type: try field.typeAndShape(), statistics)
    let numbers = try field.quantiles([0.5] + fractions) ?? []
    facts.set(quantiles: numbers, at: fractions)
    if hasMode { facts.mode = try field.mode().map(NumberFacts.Mode.init) }
    if let count = histogramCount, let range = facts.range {
      facts.set(histogram: try field.histogram(in: range, count: count) ?? [], in: range)
    }
    return facts
  }

  /// What the cells of a column are like that are there; nil where this is no such column.
  private func column(_ table: borrowing Tbl.View, at path: Tbl.Path) throws -> NumberFacts? {
    guard let values = try table.field("values"), let valid = try table.field("valid")?.bools(),
      valid.count == values.count, let numbers = try Self.numbers(of: values)
    else { return nil }
    let there = zip(numbers, valid).filter(\.1).map(\.0)
    let statistics = Tbl.Statistics(there.span)
    var facts = NumberFacts(path: path, type: try values.typeAndShape(), statistics)
    facts.missing = numbers.count - there.count
    facts.set(
      quantiles: Tbl.Statistics.quantiles(of: there.span, [0.5] + fractions), at: fractions)
    if hasMode {
      facts.mode = Tbl.Statistics.mode(of: there.span).map(NumberFacts.Mode.init)
    }
    if let count = histogramCount, let range = facts.range {
      facts.set(
        histogram: Tbl.Statistics.histogram(of: there.span, in: range, count: count), in: range)
    }
    return facts
  }

  private static func numbers(of field: borrowing Tbl.Field) throws -> [Double]? {
    // Statistics take the nearest doubles of integers, too.
    try field.doubles() ?? field.ints()?.map { Double($0) } ?? field.uints()?.map { Double($0) }
  }
}
