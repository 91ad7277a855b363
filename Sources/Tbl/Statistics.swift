extension Tbl {
  /// What the numbers of a vector are like.
  ///
  /// Numbers are looked at as doubles, in one pass over the data, which are not changed and not
  /// copied; the extremes of integers beyond 2^53 are the nearest double. What is not a number
  /// counts as such, and is in none of the other figures.
  ///
  /// Of 1,024 numbers each the mean is taken, then what lies between them and it, as integers where
  /// doubles are too coarse; and the mean is put right by what these leave. So what all numbers
  /// have in common does not swallow how they differ. Means are kept as two doubles, whose sum they
  /// are.
  ///
  /// **Concurrency.** A value.
  ///
  /// - SeeAlso: Chan, Golub, LeVeque (1983), doi:10.1080/00031305.1983.10483115.
  public struct Statistics: Hashable, Sendable {
    /// How many numbers there are, infinities among them.
    public internal(set) var count = 0
    /// How many elements are not a number.
    public internal(set) var notANumberCount = 0
    /// The smallest number; infinity where there is none.
    public internal(set) var minimum = Double.infinity
    /// The greatest number; minus infinity where there is none.
    public internal(set) var maximum = -Double.infinity

    private var finiteCount = 0
    /// The mean of the finite numbers, as a sum.
    private var center = 0.0
    private var rest = 0.0
    /// The sum of the squares of what lies between the finite numbers and their mean.
    private var squares = 0.0

    /// The mean; infinite where a number is; not a number where there is none, or there are
    /// infinities of both signs.
    public var mean: Double {
      guard finiteCount == count else { return minimum + maximum }
      return count > 0 ? center + rest : .nan
    }

    /// The mean of the squares of what lies between the numbers and their mean: the variance of the
    /// numbers themselves; not a number where there is none, or one is infinite; infinite where
    /// it is beyond doubles.
    public var variance: Double { variance(degrees: count) }
    /// The variance of what the numbers are a sample of; not a number where there are less than
    /// two.
    public var sampleVariance: Double { variance(degrees: count - 1) }
    /// The root of the ``variance``.
    public var standardDeviation: Double { variance.squareRoot() }

    private func variance(degrees: Int) -> Double {
      degrees > 0 && finiteCount == count ? squares / Double(degrees) : .nan
    }

    /// The statistics of no numbers.
    public init() {}

    /// The statistics of `numbers`.
    ///
    /// - Complexity: O(numbers); takes no longer than adding them up one by one.
    @specialized(where Number == Double)
    @specialized(where Number == Float)
    @specialized(where Number == Int)
    @specialized(where Number == Int64)
    @specialized(where Number == Int32)
    @specialized(where Number == Int16)
    @specialized(where Number == Int8)
    @specialized(where Number == UInt)
    @specialized(where Number == UInt64)
    @specialized(where Number == UInt32)
    @specialized(where Number == UInt16)
    @specialized(where Number == UInt8)
    public init<Number: Scalar>(_ numbers: Span<Number>) {
      var start = 0
      while start < numbers.count {
        let end = min(start + Self.blockCount, numbers.count)
        add(Statistics(block: numbers, start..<end))
        start = end
      }
    }

    /// Numbers whose mean is known before their squares are summed; they fit the first cache.
    private static var blockCount: Int { 1_024 }

    /// Of few numbers: gone through twice, eight at a time.
    private init<Number: Scalar>(block: Span<Number>, _ range: Range<Int>) {
      typealias Lanes = SIMD8<Double>
      let vectorEnd = range.lowerBound + (range.count & ~7)
      var (sums, least) = (Lanes.zero, Lanes(repeating: .infinity))
      var most = Lanes(repeating: -.infinity)
      var index = range.lowerBound
      while index < vectorEnd {
        let lanes = Lanes(block, index)
        sums += lanes
        least.replace(with: lanes, where: lanes .< least)
        most.replace(with: lanes, where: lanes .> most)
        index += 8
      }
      var sum = sums.sum()
      (minimum, maximum) = (least.min(), most.max())
      while index < range.upperBound {
        let number = block[index].double
        sum += number
        if number < minimum { minimum = number }
        if number > maximum { maximum = number }
        index += 1
      }
      // It is not where a number is none or infinite, or all are too large to be added up.
      guard sum.isFinite else {
        self = Statistics(oneByOne: block, range)
        return
      }
      (count, finiteCount) = (range.count, range.count)
      center = sum / Double(count)

      var (differences, squares) = (Lanes.zero, Lanes.zero)
      index = range.lowerBound
      while index < vectorEnd {
        let lanes = Lanes(block, index, from: center)
        differences += lanes
        // Fused, it would be a call where the processor may lack it.
        squares += lanes * lanes
        index += 8
      }
      var (difference, square) = (differences.sum(), squares.sum())
      while index < range.upperBound {
        let number = block[index].difference(from: center)
        difference += number
        square += number * number
        index += 1
      }
      correct(difference, square)
    }

    /// The same where some are not a number, or infinite, or very large.
    private init<Number: Scalar>(oneByOne block: Span<Number>, _ range: Range<Int>) {
      // Of 1,024 numbers none is too large to be added up so.
      let scale = 1 / 2_048.0
      var sum = 0.0
      for index in range {
        let number = block[index].double
        guard number == number else { continue }
        count += 1
        if number < minimum { minimum = number }
        if number > maximum { maximum = number }
        guard number.isFinite else { continue }
        finiteCount += 1
        sum += number * scale
      }
      notANumberCount = range.count - count
      guard finiteCount > 0 else { return }
      center = sum / Double(finiteCount) / scale
      var (difference, square) = (0.0, 0.0)
      for index in range where block[index].double.isFinite {
        let number = block[index].difference(from: center)
        difference += number
        square += number * number
      }
      correct(difference, square)
    }

    /// Puts the mean right by the sums of what lies between it and the numbers, and of the squares.
    private mutating func correct(_ difference: Double, _ square: Double) {
      rest = difference / Double(finiteCount)
      squares = max(0, square - difference * rest)
      // Numbers so large that their differences are none.
      if !difference.isFinite { rest = 0 }
      if !(difference * rest).isFinite || !square.isFinite { squares = .infinity }
    }

    /// Adds those of other numbers.
    ///
    /// - Complexity: O(1).
    public mutating func add(_ other: Statistics) {
      notANumberCount += other.notANumberCount
      count += other.count
      minimum = Swift.min(minimum, other.minimum)
      maximum = Swift.max(maximum, other.maximum)
      guard other.finiteCount > 0 else { return }
      guard finiteCount > 0 else {
        (finiteCount, center, rest) = (other.finiteCount, other.center, other.rest)
        squares = other.squares
        return
      }
      let total = Double(finiteCount) + Double(other.finiteCount)
      let (share, otherShare) = (Double(finiteCount) / total, Double(other.finiteCount) / total)
      let difference = (other.center - center) + (other.rest - rest)
      if difference.isFinite {
        rest += difference * otherShare
        squares += other.squares + difference * difference * (share * Double(other.finiteCount))
      } else {
        rest = rest * share + other.rest * otherShare
        center = center * share + other.center * otherShare
        squares = .infinity
      }
      finiteCount += other.finiteCount
      // What is exact of the sum, and what that leaves (Knuth's two-sum).
      let sum = center + rest
      guard sum.isFinite else { return }
      let part = sum - center
      rest = (center - (sum - part)) + (rest - part)
      center = sum
    }
  }
}

extension SIMD8<Double> {
  /// Eight numbers from `index` on.
  @inline(__always)
  init<Number: Tbl.Scalar>(_ numbers: Span<Number>, _ index: Int) {
    self.init()
    let numbers = numbers.extracting(index..<(index &+ 8))
    for lane in 0..<8 { self[lane] = numbers[lane].double }
  }

  /// What lies between `origin` and eight numbers from `index` on.
  @inline(__always)
  init<Number: Tbl.Scalar>(_ numbers: Span<Number>, _ index: Int, from origin: Double) {
    self.init()
    let numbers = numbers.extracting(index..<(index &+ 8))
    for lane in 0..<8 { self[lane] = numbers[lane].difference(from: origin) }
  }
}
