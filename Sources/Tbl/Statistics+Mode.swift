extension Tbl.Statistics {
  /// A number, and how often it is there.
  ///
  /// **Concurrency.** A value.
  public struct Mode: Hashable, Sendable {
    /// The number.
    public let number: Double
    /// How often it is there.
    public let count: Int
  }

  /// The number that is there most often, and of several the smallest.
  ///
  /// Of more than 65,536 numbers those are found that make up more than a 1,024th of all, and
  /// then counted: so what is told is exact, and where no number is so frequent nothing is told.
  ///
  /// - Parameter numbers: What is not a number is left out.
  /// - Returns: `nil` where there are no numbers, or there are many and none is frequent.
  /// - Complexity: O(numbers), in two passes; O(n log n) of up to 65,536.
  /// - SeeAlso: Misra, Gries (1982), doi:10.1016/0167-6423(82)90012-0.
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
  public static func mode<Number: Tbl.Scalar>(of numbers: Span<Number>) -> Mode? {
    guard numbers.count > 1 << 16 else { return modeOfFew(numbers) }
    var counts = Self.frequent(numbers)
    for key in counts.keys { counts[key] = 0 }
    var all = 0
    for index in numbers.indices {
      let number = numbers[index].double
      guard number == number else { continue }
      all += 1
      counts[number]? += 1
    }
    let most = counts.max { $0.value < $1.value || $0.value == $1.value && $0.key > $1.key }
    guard let most, most.value > all / mostCandidates else { return nil }
    return Mode(number: most.key, count: most.value)
  }

  private static var mostCandidates: Int { 1_024 }

  /// Numbers among which are all that make up more than a share of all.
  @inline(__always)
  private static func frequent<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> [Double: Int] {
    var counts: [Double: Int] = [:]
    counts.reserveCapacity(mostCandidates)
    for index in numbers.indices {
      let number = numbers[index].double
      guard number == number else { continue }
      if let count = counts[number] {
        counts[number] = count + 1
      } else if counts.count < mostCandidates - 1 {
        counts[number] = 1
      } else {
        // One of each, and this one: none of those is missed that is more than the share.
        counts = counts.compactMapValues { $0 > 1 ? $0 - 1 : nil }
      }
    }
    return counts
  }

  @inline(__always)
  private static func modeOfFew<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> Mode? {
    var few: [Double] = []
    few.reserveCapacity(numbers.count)
    for index in numbers.indices {
      let number = numbers[index].double
      if number == number { few.append(number) }
    }
    few.sort()
    var most: Mode?
    var start = 0
    while start < few.count {
      var end = start + 1
      while end < few.count, few[end] == few[start] { end += 1 }
      if end - start > most?.count ?? 0 { most = Mode(number: few[start], count: end - start) }
      start = end
    }
    return most
  }
}
