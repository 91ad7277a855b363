// Invariants: rows ascend by cycle and by time; every series has a value for every row; a series
// that holds no number is removed. Row `i` of the window stands at `(first + i) & mask`.

/// A window of measured rows: for each row a time, and for each series a value.
struct SeriesRing {
  /// The figure that a series shows, and in which plot.
  struct Name: Hashable {
    let plot: Int
    let text: String
  }

  /// One measured row.
  struct Row {
    /// Number that orders rows.
    let cycle: UInt64
    /// Number of the row that it continues.
    let previousCycle: UInt64
    /// Nanoseconds of the monotonic clock.
    let time: UInt64
    /// Its values; a series that is absent has none in this row.
    var values: [(name: Name, value: Float)]
  }

  /// What became of a row.
  enum Insertion: Hashable {
    /// It stands in the window.
    case inserted
    /// A row of its number stands there already, or it is older than the window.
    case ignored
    /// Its time is not between those of its neighbours.
    case contradictory
  }

  /// Most series; what comes beyond is left out.
  static let maximumSeries = 1024

  private struct Series {
    let name: Name
    var values: [Float]
    /// Values in the window that are numbers.
    var numberCount = 0
  }

  private let windowNanoseconds: UInt64
  private let maximumRows: Int
  private let maximumCells: Int
  private var series: [Series] = []
  private var indices: [Name: Int] = [:]
  private var cycles: [UInt64]
  private var previousCycles: [UInt64]
  private var times: [UInt64]
  private var first = 0
  /// Rows in the window.
  private(set) var count = 0

  /// Makes an empty window over `seconds`.
  ///
  /// - Parameters:
  ///   - maximumRows: Most rows that are kept, however long the window.
  ///   - maximumCells: Most values that are kept, rows times series.
  init(seconds: Double, maximumRows: Int = 36_000, maximumCells: Int = 1 << 23) {
    self.maximumRows = maximumRows
    self.maximumCells = maximumCells
    windowNanoseconds = UInt64(seconds * 1e9)
    let capacity = 64
    cycles = Array(repeating: 0, count: capacity)
    previousCycles = cycles
    times = cycles
  }

  private var mask: Int { cycles.count - 1 }
  private func place(_ index: Int) -> Int { (first + index) & mask }

  /// Number of the row at `index`.
  func cycle(at index: Int) -> UInt64 { cycles[place(index)] }
  /// Time of the row at `index`.
  func time(at index: Int) -> UInt64 { times[place(index)] }
  /// Whether the row at `index` continues the row before it, with nothing missing between.
  func isLinked(at index: Int) -> Bool {
    index > 0 && previousCycles[place(index)] == cycles[place(index - 1)]
  }

  /// The series of a plot, in the order in which they appeared.
  func names(ofPlot plot: Int) -> [Name] { series.map(\.name).filter { $0.plot == plot } }

  /// The values of one series, which stay as they are when the ring changes.
  struct Values {
    fileprivate let values: [Float]
    fileprivate let first: Int

    /// The value in the row at `index`; not a number where it is absent.
    ///
    /// - Complexity: O(1).
    subscript(_ index: Int) -> Float { values[(first + index) & (values.count - 1)] }
  }

  /// The values of the series `name`; `nil` when there is none.
  ///
  /// - Complexity: O(1).
  func values(of name: Name) -> Values? {
    indices[name].map { Values(values: series[$0].values, first: first) }
  }

  // MARK: Inserting

  /// Puts a row where its number belongs, and drops what is older than the window.
  ///
  /// - Complexity: O(series), times the rows that have greater numbers; amortized when it grows.
  mutating func insert(_ row: Row) -> Insertion {
    var index = count
    while index > 0, cycle(at: index - 1) > row.cycle { index -= 1 }
    if index > 0, cycle(at: index - 1) == row.cycle { return .ignored }
    if index > 0, time(at: index - 1) >= row.time { return .contradictory }
    if index < count, time(at: index) <= row.time { return .contradictory }
    let newest = index < count ? time(at: count - 1) : row.time
    if newest - row.time > windowNanoseconds { return .ignored }

    let added = row.values.count { !$0.value.isNaN && indices[$0.name] == nil }
    let limit = min(maximumRows, maximumCells / max(1, series.count + added))
    while count > 0, count >= limit || newest - time(at: 0) > windowNanoseconds {
      if index == 0 { return .ignored }
      removeFirst()
      index -= 1
    }
    for (name, value) in row.values where !value.isNaN { addSeries(name) }
    if count == cycles.count { grow() }
    open(index)
    write(row, at: index)
    return .inserted
  }

  private mutating func addSeries(_ name: Name) {
    guard indices[name] == nil, series.count < Self.maximumSeries else { return }
    indices[name] = series.count
    series.append(Series(name: name, values: Array(repeating: .nan, count: cycles.count)))
  }

  private mutating func removeFirst() {
    var hasEmpty = false
    for index in series.indices where !series[index].values[first].isNaN {
      series[index].values[first] = .nan
      series[index].numberCount -= 1
      if series[index].numberCount == 0 { hasEmpty = true }
    }
    first = (first + 1) & mask
    count -= 1
    guard hasEmpty else { return }
    series.removeAll { $0.numberCount == 0 }
    indices = Dictionary(uniqueKeysWithValues: series.enumerated().map { ($1.name, $0) })
  }

  /// Doubles the room for rows.
  private mutating func grow() {
    let order = (0..<count).map(place)
    func doubled<Value>(_ values: [Value], _ filler: Value) -> [Value] {
      order.map { values[$0] } + Array(repeating: filler, count: 2 * mask + 2 - count)
    }
    let wider = (doubled(cycles, 0), doubled(previousCycles, 0), doubled(times, 0))
    for index in series.indices {
      series[index].values = doubled(series[index].values, .nan)
    }
    (cycles, previousCycles, times) = wider
    first = 0
  }

  /// Moves the rows from `index` on by one.
  private mutating func open(_ index: Int) {
    count += 1
    for later in stride(from: count - 1, to: index, by: -1) {
      let (from, to) = (place(later - 1), place(later))
      cycles[to] = cycles[from]
      previousCycles[to] = previousCycles[from]
      times[to] = times[from]
      for index in series.indices { series[index].values[to] = series[index].values[from] }
    }
  }

  private mutating func write(_ row: Row, at index: Int) {
    let place = place(index)
    cycles[place] = row.cycle
    previousCycles[place] = row.previousCycle
    times[place] = row.time
    for index in series.indices { series[index].values[place] = .nan }
    for (name, value) in row.values where !value.isNaN {
      guard let index = indices[name] else { continue }
      if series[index].values[place].isNaN { series[index].numberCount += 1 }
      series[index].values[place] = value
    }
  }

  /// Traps when the invariants above do not hold.
  ///
  /// - Complexity: O(rows * series).
  func checkInvariants() {
    precondition(cycles.count & mask == 0 && count <= cycles.count)
    for index in 1..<max(1, count) {
      precondition(cycle(at: index - 1) < cycle(at: index), "cycles ascend")
      precondition(time(at: index - 1) < time(at: index), "times ascend")
    }
    precondition(indices.count == series.count)
    for (index, one) in series.enumerated() {
      precondition(indices[one.name] == index && one.values.count == cycles.count)
      let inWindow = (0..<count).count { !one.values[place($0)].isNaN }
      precondition(inWindow == one.numberCount && inWindow > 0, "numbers are counted")
      let outside = (count..<cycles.count).count { !one.values[place($0)].isNaN }
      precondition(outside == 0, "nothing is left outside the window")
    }
  }
}
