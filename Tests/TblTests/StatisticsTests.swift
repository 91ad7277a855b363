import Tbl
import TestSupport
import Testing

@Suite("Statistics") struct StatisticsTests {
  @Test func `few numbers have the figures of the textbook`() {
    let numbers: [Double] = [2, 4, 4, 4, 5, 5, 7, 9]
    let statistics = Tbl.Statistics(numbers.span)
    #expect(statistics.count == 8 && statistics.mean == 5 && statistics.variance == 4)
    #expect(statistics.standardDeviation == 2 && statistics.sampleVariance == 32.0 / 7)
    #expect(statistics.minimum == 2 && statistics.maximum == 9)
    #expect(
      Tbl.Statistics.quantiles(of: numbers.span, [0, 0.25, 0.5, 0.75, 1]) == [2, 4, 4.5, 5.5, 9])
    #expect(
      Tbl.Statistics.histogram(of: numbers.span, in: 2...9, count: 7) == [1, 0, 3, 2, 0, 1, 1])
  }

  @Test func `a vector tells the number that is there most often`() throws {
    let table = try build { builder in
      builder.set("halves", vector: [0.5, 1.5, 1.5] as [Float])
      builder.set("small", vector: [3, -2, -2, 3] as [Int8])
      builder.set("text", vector: ["a"])
      builder.set("empty", vector: [] as [Double])
    }
    try table.withView { view in
      let mode = try view.field("halves")?.mode()
      #expect(mode?.number == 1.5 && mode?.count == 2)
      #expect(try view.field("small")?.mode()?.number == -2)
      #expect(try view.field("text")?.mode() == nil)
      #expect(try view.field("empty")?.mode() == nil)
    }
  }

  @Test func `no numbers, and what is none, are told`() {
    let none: [Float] = []
    let empty = Tbl.Statistics(none.span)
    #expect(
      empty.count == 0 && empty.mean.isNaN && empty.variance.isNaN && empty.minimum == .infinity)
    #expect(Tbl.Statistics.quantiles(of: none.span, [0.5])[0].isNaN)
    let some: [Float] = [.nan, 1, .nan, 3] + [Float](repeating: .nan, count: 20)
    let statistics = Tbl.Statistics(some.span)
    #expect(statistics.count == 2 && statistics.notANumberCount == 22 && statistics.mean == 2)
    #expect(statistics.minimum == 1 && statistics.maximum == 3 && statistics.variance == 1)
    #expect(Tbl.Statistics.quantiles(of: some.span, [0.5]) == [2])
  }

  @Test func `what numbers have in common does not swallow how they differ`() {
    let numbers = (0..<100_000).map { 1e9 + Double($0 % 2) }
    let statistics = Tbl.Statistics(numbers.span)
    #expect(abs(statistics.variance - 0.25) < 1e-9 && statistics.mean == 1e9 + 0.5)
  }

  @Test(arguments: [1e9, 1e14, 1e15]) func `nor do large ones in common`(common: Double) {
    let numbers = (0..<1_000_000).map { common + Double($0 % 3) }
    let statistics = Tbl.Statistics(numbers.span)
    #expect(abs(statistics.variance - 0.666_666) < 1e-5)
    #expect(abs(statistics.mean - common - 0.999_999) <= common * 0x1p-53 + 1e-9)
    // As the first, a number that has nothing in common with the others.
    let others = Tbl.Statistics(([0] + numbers).span)
    let mean = (common + 0.999_999) * (1_000_000 / 1_000_001.0)
    #expect(abs(others.mean - mean) <= common * 0x1p-51)
  }

  @Test func `points in time differ by nanoseconds`() {
    let start: Int64 = 1_764_000_000_000_000_000
    let times = (0..<1_000_000).map { start + Int64($0 % 1_000) }
    #expect(abs(Tbl.Statistics(times.span).standardDeviation - 288.675) < 0.01)
    let unsigned = times.map { UInt64($0) << 3 }
    #expect(abs(Tbl.Statistics(unsigned.span).standardDeviation - 8 * 288.675) < 0.1)
    let wide = [Int64.min, .max, 0]
    #expect(Tbl.Statistics(wide.span).mean.magnitude < 1)
    #expect(Tbl.Statistics([UInt64.max, 0, .max, 0].span).standardDeviation == 0x1p63)
  }

  @Test(arguments: [8, 1_000, 3_000]) func `infinities are numbers wherever they stand`(count: Int)
  {
    for place in [0, count / 2, count - 1] {
      var numbers = [Double](repeating: 1, count: count)
      numbers[place] = .infinity
      let one = Tbl.Statistics(numbers.span)
      #expect(one.count == count && one.mean == .infinity && one.variance.isNaN)
      #expect(one.minimum == 1 && one.maximum == .infinity && one.notANumberCount == 0)
      numbers[place] = -.infinity
      #expect(Tbl.Statistics(numbers.span).mean == -.infinity)
      numbers[(place + 1) % count] = .infinity
      #expect(Tbl.Statistics(numbers.span).mean.isNaN)
    }
  }

  @Test func `numbers near the end of the range have a mean`() {
    #expect(Tbl.Statistics([1.7e308, 1.7e308].span).mean == 1.7e308)
    #expect(Tbl.Statistics([1.7e308, 1.7e308].span).variance == 0)
    let large = [Double](repeating: 1e306, count: 4_096)
    #expect(Tbl.Statistics(large.span).mean == 1e306)
    let both = Tbl.Statistics([1.7e308, 1.7e308, -1.7e308, -1.7e308].span)
    #expect(both.mean == 0 && both.variance == .infinity)
    let far =
      [Double](repeating: 1.7e308, count: 1_024) + [Double](repeating: -1.7e308, count: 1_024)
    #expect(Tbl.Statistics(far.span).mean == 0 && Tbl.Statistics(far.span).variance == .infinity)
    let mixed = Tbl.Statistics([1, 2, 1e308, 1e308, 1e308].span)
    #expect(abs(mixed.mean - 6e307) < 1e294 && mixed.variance == .infinity)
    let small: [Double] = [.leastNonzeroMagnitude, .leastNonzeroMagnitude, .nan]
    #expect(Tbl.Statistics(small.span).mean == .leastNonzeroMagnitude)
  }

  @Test func `between any two numbers lies a quantile`() {
    func median(_ numbers: [Double]) -> Double {
      Tbl.Statistics.quantiles(of: numbers.span, [0.5])[0]
    }
    #expect(median([-1.7e308, 1.7e308]) == 0 && median([-.infinity, 1]) == -.infinity)
    #expect(median([1, .infinity]) == .infinity && median([-.infinity, .infinity]).isNaN)
  }

  @Test func `figures are those of a plain loop, for every type of number`() {
    var random = seeded("figures are those of a plain loop, for every type of number")
    func check<Number: Tbl.Scalar>(_ numbers: [Number]) {
      let doubles = numbers.map(\.double).filter { !$0.isNaN }
      let statistics = Tbl.Statistics(numbers.span)
      let mean = doubles.reduce(0, +) / Double(doubles.count)
      let variance = doubles.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(doubles.count)
      #expect(statistics.count == doubles.count)
      #expect(statistics.minimum == doubles.min() && statistics.maximum == doubles.max())
      #expect(abs(statistics.mean - mean) <= 1e-9 * max(1, abs(mean)))
      #expect(abs(statistics.variance - variance) <= 1e-6 * max(1, variance))
      let sorted = doubles.sorted()
      let middle = Tbl.Statistics.quantiles(of: numbers.span, [0.5])[0]
      let expected = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      #expect(abs(middle - expected) <= 1e-12 * abs(expected))
    }
    for count in [1, 7, 8, 9, 1_023, 1_024, 1_025, 5_000] {
      check((0..<count).map { _ in Int8.random(in: .min ... .max, using: &random) })
      check((0..<count).map { _ in UInt16.random(in: .min ... .max, using: &random) })
      check((0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) })
      check((0..<count).map { _ in UInt64.random(in: 0...1_000_000, using: &random) })
      check((0..<count).map { _ in Int64.random(in: -1_000...1_000, using: &random) })
      check((0..<count).map { _ in UInt32.random(in: .min ... .max, using: &random) })
      check((0..<count).map { _ in Float.random(in: -1...1, using: &random) })
      check((0..<count).map { _ in Double.random(in: -1e3...1e3, using: &random) })
    }
  }

  @Test(arguments: ["spread", "alike", "equal", "signs"])
  func `quantiles of many are those of the sorted`(kind: String) {
    var random = seeded("quantiles of many are those of the sorted")
    let numbers = (0..<200_000).map { number -> Double in
      switch kind {
      case "spread": Double(bitPattern: random.next())
      case "alike": 1 + Double.random(in: 0...1e-9, using: &random)
      case "equal": 3
      default: [-0.0, 0, -1, 1, .infinity, -.infinity].randomElement(using: &random) ?? 0
      }
    }
    let sorted = numbers.filter { !$0.isNaN }.sorted()
    let fractions = [0, 0.001, 0.25, 0.5, 0.999, 1]
    let found = Tbl.Statistics.quantiles(of: numbers.span, fractions)
    for (fraction, number) in zip(fractions, found) {
      let place = fraction * Double(sorted.count - 1)
      let (lower, upper) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
      #expect(number >= lower && number <= upper, "\(fraction)")
    }
  }

  @Test func `vectors of documents have them, whatever their type and however they lie`() throws {
    let table = try build { builder in
      builder.set("bytes", vector: [1, 2, 3] as [UInt8])
      builder.set("floats", vector: [1.5, .nan] as [Float])
      builder.set("texts", vector: ["a"])
      builder.set("one", 1)
    }
    #expect(
      table.statistics("bytes")?.mean == 2 && table.statistics("floats")?.notANumberCount == 1)
    #expect(table.statistics("texts") == nil && table.statistics("one") == nil)
    #expect(table.statistics("absent") == nil)
    // At an odd address.
    let moved: [UInt8] = [0] + table.bytes
    let view = try Tbl.View(moved.span.extracting(droppingFirst: 1))
    #expect(try view.field("floats")?.statistics()?.maximum == 1.5)
    #expect(try view.field("bytes")?.quantiles([0.5]) == [2])
    #expect(try view.field("bytes")?.histogram(in: 1...3, count: 2) == [1, 2])
  }

  @Test func `the mode is the most frequent number, or nothing where none is frequent`() {
    func mode<Number: Tbl.Scalar>(_ numbers: [Number]) -> [Double] {
      Tbl.Statistics.mode(of: numbers.span).map { [$0.number, Double($0.count)] } ?? []
    }
    #expect(mode([3, 1, 3, .nan, 1, 2] as [Float]) == [1, 2])
    #expect(mode([] as [Int32]) == [])
    #expect(mode((0..<200_000).map { $0 % 100 == 0 ? 7 : $0 + 10 }) == [7, 2_000])
    #expect(mode(Array(0..<200_000)) == [])
    #expect(mode((0..<200_000).map { UInt8(truncatingIfNeeded: $0 % 251) }) == [0, 797])
  }
}
