import TestSupport
import Testing

@testable import LavaNodes

@Suite struct SeriesPointsTests {
  static let name = SeriesRingTests.name("a")

  /// A ring of cycles, each with its own number as value; those of `missing` are left out, and the
  /// rows behind them do not continue what was before.
  static func ring(
    _ cycles: ClosedRange<UInt64>, missing: ClosedRange<UInt64>? = nil,
    value: (UInt64) -> Float = { Float($0) }
  ) -> SeriesRing {
    var ring = SeriesRing(seconds: 3600)
    for cycle in cycles where !(missing?.contains(cycle) ?? false) {
      _ = ring.insert(SeriesRingTests.row(cycle, ["a": value(cycle)]))
    }
    return ring
  }

  static func values(_ ring: SeriesRing) throws -> (times: [UInt64], values: [Float]) {
    let points = SeriesPoints(ring)
    return (points.times, points.values(of: try #require(ring.values(of: name))))
  }

  @Test func `few rows are all points`() throws {
    let (times, values) = try Self.values(Self.ring(11...20))
    #expect(values == (11...20).map { Float($0) })
    #expect(times == (11...20).map { $0 * 100_000_000 })
  }

  @Test func `a gap stands where rows are missing`() throws {
    let (times, values) = try Self.values(Self.ring(11...20, missing: 14...16))
    #expect(values.map { $0.isNaN ? 0 : $0 } == [11, 12, 13, 0, 17, 18, 19, 20])
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func `ticks that were left out are no gap where the next sample reaches back`() throws {
    var ring = Self.ring(11...13)
    _ = ring.insert(SeriesRingTests.row(17, after: 13, ["a": 17]))
    #expect(try Self.values(ring).values == [11, 12, 13, 17])
  }

  @Test(arguments: [1_200, 1_201, 2_999, 3_000, 9_001] as [UInt64])
  func `many rows keep their extremes`(_ count: UInt64) throws {
    var random = SeededGenerator()
    var expected: [Float] = []
    let ring = Self.ring(5...count + 4) { _ in
      let value = Float.random(in: 0...1, using: &random)
      expected.append(value)
      return value
    }
    let (times, values) = try Self.values(ring)
    #expect(times.count == values.count)
    #expect(times.count <= SeriesPoints.maximumCount)
    #expect(times.count > SeriesPoints.maximumCount / 2)
    #expect(values.min() == expected.min() && values.max() == expected.max())
    #expect(times.first == 500_000_000 && times.last == (count + 4) * 100_000_000)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func `extremes come in the order in which they came`() throws {
    let rising = try Self.values(Self.ring(1...3_000))
    #expect(zip(rising.values, rising.values.dropFirst()).allSatisfy { $0 < $1 })
    let falling = try Self.values(Self.ring(1...3_000) { -Float($0) })
    #expect(zip(falling.values, falling.values.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func `points of rows that stay do not change when the window moves on`() throws {
    func inner(_ ring: SeriesRing) throws -> Set<[Float]> {
      let (times, values) = try Self.values(ring)
      return Set(zip(times, values).dropFirst(4).dropLast(4).map { [Float($0 / 100_000_000), $1] })
    }
    func value(_ cycle: UInt64) -> Float { Float((cycle &* 2_654_435_761) % 1_000) }
    let before = try inner(Self.ring(1...3_000, value: value))
    let after = try inner(Self.ring(8...3_007, value: value))
    #expect(before.subtracting(after).count <= 8)
  }

  @Test func `long gaps stay gaps among many rows, and points stay few`() throws {
    let (times, values) = try Self.values(Self.ring(1...3_000, missing: 1_000...1_100))
    #expect(values.count { $0.isNaN } == 1)
    #expect(times.count <= SeriesPoints.maximumCount)
    // Each row continues nothing.
    var ring = SeriesRing(seconds: 3600)
    for cycle in 1...3_000 as ClosedRange<UInt64> {
      _ = ring.insert(SeriesRingTests.row(cycle * 10, after: cycle * 10 - 5, ["a": 1]))
    }
    #expect(try Self.values(ring).times.count <= SeriesPoints.maximumCount)
  }

  @Test func `a series that was away has gaps`() throws {
    var ring = SeriesRing(seconds: 3600)
    for cycle in 1...10 as ClosedRange<UInt64> {
      _ = ring.insert(SeriesRingTests.row(cycle, (4...6).contains(cycle) ? [:] : ["a": 1]))
    }
    #expect(try Self.values(ring).values.map(\.isNaN) == (1...10).map { (4...6).contains($0) })
  }

  @Test func `an empty window has no points`() {
    #expect(SeriesPoints(SeriesRing(seconds: 10)).times == [])
  }
}
