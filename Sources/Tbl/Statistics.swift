extension Tbl {
  /// What the numbers of a vector are like.
  ///
  /// Numbers are looked at as doubles, in one pass over the data, which are not changed and not
  /// copied; integers beyond 2^53 as the nearest double. What is not a number counts as such, and
  /// is in none of the other figures.
  ///
  /// Means and variances are made of those of 1,024 numbers each, about the mean of those, so that
  /// what all numbers have in common does not swallow how they differ.
  ///
  /// **Concurrency.** A value.
  ///
  /// - SeeAlso: Chan, Golub, LeVeque (1983), doi:10.1080/00031305.1983.10483115.
  public struct Statistics: Hashable, Sendable {
    /// How many numbers there are.
    public internal(set) var count = 0
    /// How many elements are not a number.
    public internal(set) var notANumberCount = 0
    /// The smallest number; infinity where there is none.
    public internal(set) var minimum = Double.infinity
    /// The greatest number; minus infinity where there is none.
    public internal(set) var maximum = -Double.infinity
    /// The mean; not a number where there is none, or there are infinities of both signs.
    public internal(set) var mean = Double.nan
    /// The sum of the squares of what lies between the numbers and their mean.
    var squares = 0.0

    /// The mean of those squares: the variance of the numbers themselves.
    public var variance: Double { count > 0 ? squares / Double(count) : .nan }
    /// The variance of what the numbers are a sample of; not a number where there are less than two.
    public var sampleVariance: Double { count > 1 ? squares / Double(count - 1) : .nan }
    /// The root of the ``variance``.
    public var standardDeviation: Double { variance.squareRoot() }

    /// The statistics of no numbers.
    public init() {}

    /// The statistics of `numbers`.
    ///
    /// - Complexity: O(numbers), at the speed of memory.
    @specialized(where Number == Double)
    @specialized(where Number == Float)
    @specialized(where Number == Int)
    @specialized(where Number == Int32)
    @specialized(where Number == Int16)
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
      // The sum is none where one of them is not a number, or there are infinities of both signs.
      guard sum == sum else {
        self = Statistics(oneByOne: block, range)
        return
      }
      count = range.count
      let mean = sum / Double(count)
      self.mean = mean

      var squares = Lanes.zero
      index = range.lowerBound
      while index < vectorEnd {
        let difference = Lanes(block, index) - mean
        // Fused, it would be a call where the processor may lack it.
        squares += difference * difference
        index += 8
      }
      self.squares = squares.sum()
      while index < range.upperBound {
        let difference = block[index].double - mean
        self.squares += difference * difference
        index += 1
      }
    }

    /// The same where some are not a number.
    private init<Number: Scalar>(oneByOne block: Span<Number>, _ range: Range<Int>) {
      var sum = 0.0
      for index in range {
        let number = block[index].double
        guard number == number else { continue }
        count += 1
        sum += number
        if number < minimum { minimum = number }
        if number > maximum { maximum = number }
      }
      notANumberCount = range.count - count
      guard count > 0 else { return }
      mean = sum / Double(count)
      for index in range {
        let number = block[index].double
        if number == number { squares += (number - mean) * (number - mean) }
      }
    }

    /// Adds those of other numbers.
    ///
    /// - Complexity: O(1).
    public mutating func add(_ other: Statistics) {
      notANumberCount += other.notANumberCount
      guard other.count > 0 else { return }
      minimum = Swift.min(minimum, other.minimum)
      maximum = Swift.max(maximum, other.maximum)
      guard count > 0 else {
        (count, mean, squares) = (other.count, other.mean, other.squares)
        return
      }
      let total = Double(count) + Double(other.count)
      let difference = other.mean - mean
      mean += difference * (Double(other.count) / total)
      squares +=
        other.squares + difference * difference * (Double(count) * Double(other.count) / total)
      count += other.count
    }
  }
}

extension SIMD8<Double> {
  /// Eight numbers from `index` on.
  @inline(__always)
  init<Number: Tbl.Scalar>(_ numbers: Span<Number>, _ index: Int) {
    self.init()
    for lane in 0..<8 { self[lane] = numbers[index &+ lane].double }
  }
}
