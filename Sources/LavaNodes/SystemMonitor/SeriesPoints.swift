// A window drawn with few points: pure, and the same for rows that stay in the window, so that a
// plot moves without flickering.

/// Which rows of a window become which points.
struct SeriesPoints {
  /// Most points of a series.
  static let maximumCount = 1_200

  /// Rows that become one point, or two for their least and greatest value; a gap where it is
  /// empty.
  struct Bucket: Hashable {
    let rows: Range<Int>
    /// Points that it takes.
    var count: Int { rows.count > 1 ? 2 : 1 }
  }

  /// Oldest first.
  let buckets: [Bucket]
  /// Times of the points in nanoseconds of the monotonic clock, ascending.
  let times: [UInt64]

  /// Chooses points for the rows of `ring`: each row where there are few, else the least and the
  /// greatest value of equally many successive cycles, counted from cycle 0.
  ///
  /// A gap stands where a row does not continue the one before it.
  ///
  /// - Complexity: O(rows).
  init(_ ring: SeriesRing) {
    let gaps = (1..<max(1, ring.count)).count { !ring.isLinked(at: $0) }
    var width: UInt64 = 1
    if ring.count + gaps > Self.maximumCount {
      // One bucket more than fits the span may begin and end in it.
      let span = ring.cycle(at: ring.count - 1) - ring.cycle(at: 0) + 1
      let room = UInt64(Self.maximumCount / 2 - 1)
      width = (span + room - 1) / room
    }
    var buckets: [Bucket] = []
    var times: [UInt64] = []
    var start = 0
    while start < ring.count {
      let number = ring.cycle(at: start) / width
      var end = start + 1
      while end < ring.count, ring.cycle(at: end) / width == number { end += 1 }
      if start > 0, !ring.isLinked(at: start),
        width == 1 || number - ring.cycle(at: start - 1) / width > 1
      {
        buckets.append(Bucket(rows: start..<start))
        times.append(ring.time(at: start - 1).midpoint(to: ring.time(at: start)))
      }
      buckets.append(Bucket(rows: start..<end))
      times.append(ring.time(at: start))
      if end - start > 1 { times.append(ring.time(at: end - 1)) }
      start = end
    }
    self.buckets = buckets
    self.times = times
  }

  /// The points of a series, as many as there are times; no number where there is a gap.
  ///
  /// - Complexity: O(rows).
  func values(of series: SeriesRing.Values) -> [Float] {
    var points: [Float] = []
    points.reserveCapacity(times.count)
    for bucket in buckets {
      var range = ValueRange()
      for row in bucket.rows { range.add(series[row]) }
      points.append(range.earlier)
      if bucket.count == 2 { points.append(range.later) }
    }
    return points
  }

  /// Least and greatest of some values, in the order in which they came.
  private struct ValueRange {
    private var least = Float.nan
    private var greatest = Float.nan
    private var risesLast = true

    var earlier: Float { risesLast ? least : greatest }
    var later: Float { risesLast ? greatest : least }

    mutating func add(_ value: Float) {
      if value.isNaN { return }
      if least.isNaN {
        (least, greatest) = (value, value)
      } else if value < least {
        (least, risesLast) = (value, false)
      } else if value > greatest {
        (greatest, risesLast) = (value, true)
      }
    }
  }
}

extension UInt64 {
  fileprivate func midpoint(to later: UInt64) -> UInt64 { self + (later - self) / 2 }
}
