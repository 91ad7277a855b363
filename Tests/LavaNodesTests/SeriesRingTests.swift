import TestSupport
import Testing

@testable import LavaNodes

@Suite struct SeriesRingTests {
  static func name(_ text: String) -> SeriesRing.Name { SeriesRing.Name(plot: 0, text: text) }

  static func row(
    _ cycle: UInt64, after previous: UInt64? = nil, time: UInt64? = nil,
    _ values: [String: Float] = ["a": 1]
  ) -> SeriesRing.Row {
    SeriesRing.Row(
      cycle: cycle, previousCycle: previous ?? cycle - 1, time: time ?? cycle * 100_000_000,
      values: values.map { (name($0), $1) })
  }

  /// The rows of a ring in plain form: cycle and values that are numbers.
  static func content(_ ring: SeriesRing) -> [UInt64: [String: Float]] {
    var rows: [UInt64: [String: Float]] = [:]
    for index in 0..<ring.count { rows[ring.cycle(at: index)] = [:] }
    for name in ring.names(ofPlot: 0) {
      guard let values = ring.values(of: name) else { continue }
      for index in 0..<ring.count where !values[index].isNaN {
        rows[ring.cycle(at: index)]?[name.text] = values[index]
      }
    }
    return rows
  }

  @Test func `rows are kept by cycle as a plain model keeps them`() {
    var random = SeededGenerator()
    for _ in 0..<20 {
      let seconds = [1.0, 5, 20][Int.random(in: 0..<3, using: &random)]
      var ring = SeriesRing(seconds: seconds)
      var model: [UInt64: [String: Float]] = [:]
      var newest: UInt64 = 100
      for step in 0..<300 {
        newest += UInt64.random(in: 0...3, using: &random)
        let cycle = newest - UInt64.random(in: 0...5, using: &random)
        var values: [String: Float] = [:]
        for letter in ["a", "b", "c", "d"] where Int.random(in: 0..<3, using: &random) > 0 {
          // One comes and goes for a long time.
          if letter == "d", newest % 200 > 40 { continue }
          values[letter] = Bool.random(using: &random) ? Float(cycle) : .nan
        }
        let isKnown = model[cycle] != nil
        let latest = max(model.keys.max() ?? 0, cycle)
        let isOld = latest - cycle > UInt64(seconds * 10)
        let insertion = ring.insert(Self.row(cycle, values))
        #expect(insertion == (isKnown || isOld ? .ignored : .inserted), "seed \(random.seed)")
        if insertion == .inserted { model[cycle] = values.filter { !$0.value.isNaN } }
        model = model.filter { latest - $0.key <= UInt64(seconds * 10) }
        if step % 8 == 0 { ring.checkInvariants() }
      }
      ring.checkInvariants()
      #expect(Self.content(ring) == model, "seed \(random.seed)")
    }
  }

  @Test func `a time that contradicts the cycle is refused`() {
    var ring = SeriesRing(seconds: 300)
    #expect(ring.insert(Self.row(5, time: 500)) == .inserted)
    #expect(ring.insert(Self.row(6, time: 500)) == .contradictory)
    #expect(ring.insert(Self.row(4, time: 501)) == .contradictory)
    #expect(ring.insert(Self.row(9, time: 900)) == .inserted)
    #expect(ring.insert(Self.row(7, time: 950)) == .contradictory)
    #expect(ring.insert(Self.row(7, time: 700)) == .inserted)
    #expect((0..<ring.count).map(ring.cycle) == [5, 7, 9])
  }

  @Test func `rows are linked where each continues the one before`() {
    var ring = SeriesRing(seconds: 300)
    _ = ring.insert(Self.row(5))
    _ = ring.insert(Self.row(8, after: 5))
    _ = ring.insert(Self.row(20, after: 19))
    #expect((0..<3).map(ring.isLinked) == [false, true, false])
  }

  @Test func `memory stays bounded however many rows and series come`() {
    let limit = 4 * SeriesRing.maximumSeries
    var ring = SeriesRing(seconds: 3600, maximumRows: 100, maximumCells: limit)
    for cycle in 1...150 as ClosedRange<UInt64> {
      _ = ring.insert(Self.row(cycle, time: cycle))
    }
    #expect(ring.count == 100)
    #expect(ring.cycle(at: 0) == 51)

    let many = Dictionary(
      uniqueKeysWithValues: (0..<SeriesRing.maximumSeries + 10).map { ("s\($0)", Float(1)) })
    for cycle in 151...160 as ClosedRange<UInt64> {
      _ = ring.insert(Self.row(cycle, time: cycle, many))
      ring.checkInvariants()
      #expect(ring.count <= 4)
    }
    #expect(ring.names(ofPlot: 0).count == SeriesRing.maximumSeries)
  }
}
