extension Tbl.Statistics {
  /// The numbers at the given places of their order: 0 is the smallest, 0.5 the median, 1 the
  /// greatest.
  ///
  /// Between two numbers it is in between, in proportion. They are exact however many numbers there
  /// are: of many, those around a place are found by counting the first bits of all, and then of
  /// those that begin alike.
  ///
  /// - Parameters:
  ///   - numbers: Neither changed nor copied, but for 65,536 of them; what is not a number is left
  ///     out.
  ///   - fractions: Of 0 to 1.
  /// - Precondition: Fractions are of 0 to 1.
  /// - Returns: As many as there are fractions; not a number where there are no numbers, and
  ///   between infinities of both signs.
  /// - Complexity: O(numbers): one pass, and of more than 65,536 numbers one to three for each
  ///   fraction, or twice as many where the two numbers beside it begin differently.
  /// - SeeAlso: Hyndman, Fan (1996), doi:10.1080/00031305.1996.10473566, definition 7.
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
  public static func quantiles<Number: Tbl.Scalar>(
    of numbers: Span<Number>, _ fractions: [Double]
  ) -> [Double] {
    let order = NumberOrder(numbers)
    return fractions.map { fraction in
      precondition((0...1).contains(fraction), "a quantile lies between 0 and 1")
      guard order.count > 0 else { return .nan }
      let place = fraction * Double(order.count - 1)
      let rank = Int(place)
      let (lower, upper) = order.numbers(at: rank)
      let share = place - Double(rank)
      guard share > 0, lower != upper else { return lower }
      let difference = upper - lower
      return difference.isFinite
        ? lower + difference * share : lower * (1 - share) + upper * share
    }
  }

  /// How many numbers lie in each of equal parts of the range between two of them.
  ///
  /// - Parameters:
  ///   - numbers: What is not a number, or lies outside, is left out.
  ///   - range: Finite; the last part has its end too.
  ///   - count: How many parts, at least one.
  /// - Precondition: The range is finite, and there is a part.
  /// - Complexity: O(numbers).
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
  public static func histogram<Number: Tbl.Scalar>(
    of numbers: Span<Number>, in range: ClosedRange<Double>, count: Int
  ) -> [Int] {
    precondition(count > 0, "a histogram has parts")
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite, "a histogram has a finite range")
    var counts = [Int](repeating: 0, count: count)
    // Halves, since the difference of two finite numbers may not be one.
    let width = (range.upperBound / 2 - range.lowerBound / 2) / Double(count)
    for index in numbers.indices {
      let number = numbers[index].double
      guard range.contains(number) else { continue }
      let part = width > 0 ? (number / 2 - range.lowerBound / 2) / width : 0
      counts[min(Int(part), count - 1)] += 1
    }
    return counts
  }
}

/// The order of numbers, which stay where they are.
private struct NumberOrder<Number: Tbl.Scalar>: ~Escapable {
  private let all: Span<Number>
  /// How many are numbers.
  let count: Int
  /// In order, where they are few.
  private var few: [Double] = []
  /// How many keys begin with each 16 bits.
  private var beginnings: [Int] = []

  private static var fewest: Int { 1 << 16 }

  @_lifetime(copy numbers)
  init(_ numbers: Span<Number>) {
    all = numbers
    if numbers.count <= Self.fewest {
      few.reserveCapacity(numbers.count)
      for index in numbers.indices {
        let number = numbers[index].double
        if number == number { few.append(number) }
      }
      few.sort()
      count = few.count
      return
    }
    var (count, beginnings) = (0, [Int](repeating: 0, count: 1 << 16))
    for index in numbers.indices {
      let number = numbers[index].double
      guard number == number else { continue }
      count += 1
      beginnings[Int(truncatingIfNeeded: Self.key(number) >> 48)] += 1
    }
    (self.count, self.beginnings) = (count, beginnings)
  }

  /// A key that is ordered as numbers are.
  @inline(__always)
  private static func key(_ number: Double) -> UInt64 {
    // Both zeros are one number.
    let bits = (number + 0).bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }

  private static func number(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 0 ? ~key : key & ~(1 << 63))
  }

  /// The number of a rank and the one behind it, or twice the last.
  func numbers(at rank: Int) -> (Double, Double) {
    guard few.isEmpty else { return (few[rank], few[min(rank + 1, count - 1)]) }
    let (first, second) = number(at: rank)
    return (first, second ?? (rank + 1 < count ? number(at: rank + 1).0 : first))
  }

  /// The number of a rank, and the one behind it where that begins alike.
  private func number(at rank: Int) -> (Double, Double?) {
    var (rank, prefix, shift) = (rank, 0 as UInt64, 48 as UInt64)
    var counts = beginnings
    while true {
      var part = 0
      while counts[part] <= rank {
        rank -= counts[part]
        part += 1
      }
      prefix = prefix << 16 | UInt64(part)
      if shift == 0 {
        let number = Self.number(prefix)
        return (number, rank + 1 < counts[part] ? number : nil)
      }
      if counts[part] <= Self.fewest {
        let numbers = sorted(prefix, shift)
        return (numbers[rank], rank + 1 < numbers.count ? numbers[rank + 1] : nil)
      }
      shift -= 16
      counts = self.counts(of: prefix, shift)
    }
  }

  /// How the keys that begin with `prefix` go on.
  private func counts(of prefix: UInt64, _ shift: UInt64) -> [Int] {
    var counts = [Int](repeating: 0, count: 1 << 16)
    for index in all.indices {
      let number = all[index].double
      guard number == number else { continue }
      let key = Self.key(number) >> shift
      if key >> 16 == prefix { counts[Int(truncatingIfNeeded: key & 0xFFFF)] += 1 }
    }
    return counts
  }

  /// The numbers whose keys begin with `prefix`, in order.
  private func sorted(_ prefix: UInt64, _ shift: UInt64) -> [Double] {
    var numbers: [Double] = []
    for index in all.indices {
      let number = all[index].double
      if number == number, Self.key(number) >> shift == prefix { numbers.append(number) }
    }
    numbers.sort()
    return numbers
  }
}
