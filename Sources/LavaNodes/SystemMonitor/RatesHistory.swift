import Tbl

/// What ``SystemHistory`` keeps, and how it is shown.
struct RatesHistory {
  /// The plots, in the order in which they are shown.
  enum Plot: Int, CaseIterable {
    case cpu, memory, disk, network

    var id: String { "\(self)" }

    var title: String {
      switch self {
      case .cpu: "Processor cores"
      case .memory: "Memory"
      case .disk: "Disks"
      case .network: "Network"
      }
    }

    var unit: String {
      switch self {
      case .cpu: "%"
      case .memory: "B"
      case .disk, .network: "B/s"
      }
    }
  }

  private let seconds: Double
  private var ring: SeriesRing
  private var processes = ProcessWindow()
  /// The sample of the greatest cycle.
  private var latest: (cycle: UInt64, time: UInt64, wallTime: UInt64, memoryTotal: UInt64)?

  /// Makes an empty history over `seconds`.
  init(seconds: Double) {
    self.seconds = seconds
    ring = SeriesRing(seconds: seconds)
  }

  /// Takes rates in; those of a cycle that is there already are ignored.
  ///
  /// - Throws: ``MalformedPacket`` when the time contradicts the cycle.
  mutating func insert(_ rates: SystemRates) throws(MalformedPacket) {
    switch ring.insert(Self.row(rates)) {
    case .ignored: return
    case .contradictory:
      throw MalformedPacket(key: "time", reason: "does not rise with the cycle")
    case .inserted: break
    }
    processes.insert(rates)
    if let latest, rates.cycle < latest.cycle { return }
    latest = (rates.cycle, rates.time, rates.wallTime, rates.memory.total)
  }

  private static func row(_ rates: SystemRates) -> SeriesRing.Row {
    var row = SeriesRing.Row(
      cycle: rates.cycle, previousCycle: rates.previousCycle, time: rates.time, values: [])
    func add(_ plot: Plot, _ name: String, _ value: Float) {
      row.values.append((SeriesRing.Name(plot: plot.rawValue, text: name), value))
    }
    for (core, busy) in zip(rates.cores, rates.busy) { add(.cpu, "core \(core)", busy) }
    add(.memory, "used", Float(rates.memory.used))
    add(.memory, "available", Float(rates.memory.available))
    if rates.memory.swapTotal > 0 { add(.memory, "swap", Float(rates.memory.swapUsed)) }
    add(.disk, "read", sum(rates.disks.incoming))
    add(.disk, "written", sum(rates.disks.outgoing))
    for (index, name) in rates.network.names.enumerated() {
      add(.network, "\(name) received", rates.network.incoming[index])
      add(.network, "\(name) sent", rates.network.outgoing[index])
    }
    return row
  }

  /// The sum of what is known; unknown when nothing is.
  private static func sum(_ rates: [Float]) -> Float {
    let known = rates.filter { !$0.isNaN }
    return known.isEmpty && !rates.isEmpty ? .nan : known.reduce(0, +)
  }

  // MARK: Showing

  /// Plots and tables in the form that viewers draw; times are seconds since the Unix epoch.
  ///
  /// - Throws: `TblError` when they exceed what a tbl holds.
  /// - Complexity: O(rows * series).
  func tbl() throws(TblError) -> Tbl {
    let points = SeriesPoints(ring)
    let times = points.times.map { time in
      guard let latest else { return 0.0 }
      return (Double(latest.wallTime) - (Double(latest.time) - Double(time))) / 1e9
    }
    var plots = Tbl.Builder()
    for plot in Plot.allCases { plots.set(plot.id, builder(plot, points, times)) }
    var tables = Tbl.Builder()
    tables.set("processes", processTable())

    var builder = Tbl.Builder()
    builder.set("schema", UInt64(1))
    builder.set("cycle", latest?.cycle ?? 0)
    builder.set("samples", ring.count)
    builder.set("window", seconds)
    builder.set("plots", plots)
    builder.set("tables", tables)
    return try builder.finish()
  }

  private func builder(_ plot: Plot, _ points: SeriesPoints, _ times: [Double]) -> Tbl.Builder {
    var builder = Tbl.Builder()
    builder.set("title", plot.title)
    builder.set("unit", plot.unit)
    builder.set("minimum", 0.0)
    switch plot {
    case .cpu: builder.set("maximum", 100.0)
    case .memory: builder.set("maximum", Double(latest?.memoryTotal ?? 0))
    case .disk, .network: break
    }
    builder.set("time", vector: times)
    var series = Tbl.Builder()
    for name in ring.names(ofPlot: plot.rawValue) {
      guard let values = ring.values(of: name) else { continue }
      series.set(name.text, vector: points.values(of: values))
    }
    builder.set("series", series)
    return builder
  }

  private func processTable() -> Tbl.Builder {
    let shares = processes.busiest()
    var builder = Tbl.Builder()
    builder.set("title", "Busiest processes")
    builder.set("columns", vector: ["pid", "name", "cpu", "memory"])
    builder.set("units", vector: ["", "", "%", "B"])
    builder.set("pid", vector: shares.map(\.pid))
    builder.set("name", vector: shares.map(\.name))
    builder.set("cpu", vector: shares.map(\.share))
    builder.set("memory", vector: shares.map(\.memoryBytes))
    return builder
  }
}
