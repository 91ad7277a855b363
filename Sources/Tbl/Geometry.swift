/// How the elements of a vector lie: its dimensions, slowest-varying first, and how many elements
/// on a step along each of them leads.
///
/// Invariants: 1 to `Layout.largestRank` dimensions; different indices lead to different elements;
/// what all of them span, in elements, fits 32 bits.
struct Geometry: BitwiseCopyable, Sendable {
  private(set) var rank: Int
  private(set) var dimensions = InlineArray<8, Int>(repeating: 1)
  private(set) var strides = InlineArray<8, Int>(repeating: 1)
  /// How many elements there are.
  private(set) var count: Int
  /// From the first element to behind the last, in elements.
  private(set) var extent: Int

  /// One dimension.
  init(count: Int) {
    rank = 1
    dimensions[0] = count
    self.count = count
    extent = count
  }

  /// Dimensions of which the last varies fastest, without gaps.
  ///
  /// - Returns: nil when there are too many or too few, or the elements would be.
  init?(dimensions: some BidirectionalCollection<Int>) {
    guard (1...Layout.largestRank).contains(dimensions.count),
      dimensions.allSatisfy({ (0...Int(UInt32.max)).contains($0) })
    else { return nil }
    rank = dimensions.count
    let isEmpty = dimensions.contains(0)
    count = isEmpty ? 0 : 1
    extent = 0
    for (dimension, length) in zip((0..<rank).reversed(), dimensions.reversed()) {
      self.dimensions[dimension] = length
      strides[dimension] = max(count, 1)
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard !overflows else { return nil }
      count = product
    }
    guard count <= Int(UInt32.max) else { return nil }
    extent = count
  }

  /// Dimensions with a stride, in elements, for each.
  ///
  /// - Returns: Also nil when two indices would lead to one element.
  init?(dimensions: some BidirectionalCollection<Int>, strides: some Collection<Int>) {
    self.init(dimensions: dimensions)
    guard strides.count == rank else { return nil }
    for (dimension, stride) in zip(0..<rank, strides) {
      guard (0...Int(UInt32.max)).contains(stride) else { return nil }
      self.strides[dimension] = stride
    }
    guard count > 0 else { return }
    // From the densest dimension on: a step must lead behind all that those before span.
    extent = 1
    for dimension in dense where self.dimensions[dimension] > 1 {
      guard self.strides[dimension] >= extent else { return nil }
      let (span, overflows) =
        self.strides[dimension].multipliedReportingOverflow(by: self.dimensions[dimension] - 1)
      guard !overflows, span <= Int(UInt32.max) - extent else { return nil }
      extent += span
    }
  }

  /// The dimensions in ascending order of their strides.
  var dense: [Int] { (0..<rank).sorted { (strides[$0], $1) < (strides[$1], $0) } }

  /// Whether the elements lie one behind the other in row-major order.
  var isRowMajor: Bool {
    guard count > 0 else { return true }
    var next = 1
    for dimension in (0..<rank).reversed() where dimensions[dimension] > 1 {
      guard strides[dimension] == next else { return false }
      next *= dimensions[dimension]
    }
    return true
  }

  /// The dimensions, slowest-varying first.
  var shape: [Int] { (0..<rank).map { dimensions[$0] } }

  /// How many elements behind the first the one of this number lies, counted in row-major order.
  func offset(of index: Int) -> Int {
    var rest = index
    var offset = 0
    for dimension in (0..<rank).reversed() {
      offset += rest % dimensions[dimension] * strides[dimension]
      rest /= dimensions[dimension]
    }
    return offset
  }

  /// Calls `body` with the runs of elements that lie one behind the other, in row-major order.
  ///
  /// - Complexity: O(runs).
  func forEachRun<Failure: Error>(
    _ body: (_ offset: Int, _ count: Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard count > 0 else { return }
    // The last dimensions without gaps between them are one run.
    var length = 1
    var outer = rank
    while outer > 0,
      dimensions[outer - 1] == 1 || strides[outer - 1] == length
    {
      outer -= 1
      length *= dimensions[outer]
    }
    var indices = InlineArray<8, Int>(repeating: 0)
    var offset = 0
    while true {
      try body(offset, length)
      var dimension = outer - 1
      while dimension >= 0 {
        indices[dimension] += 1
        offset += strides[dimension]
        if indices[dimension] < dimensions[dimension] { break }
        offset -= strides[dimension] * dimensions[dimension]
        indices[dimension] = 0
        dimension -= 1
      }
      guard dimension >= 0 else { return }
    }
  }

  /// Calls `body` with the runs between elements that no index leads to, each once.
  ///
  /// - Complexity: O(gaps).
  func forEachGap<Failure: Error>(
    _ body: (_ offset: Int, _ count: Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard count > 0 else { return }
    let steps = dense.filter { dimensions[$0] > 1 }
    // What the dimensions up to each span together, and whether all of that are elements.
    var spans = [1]
    var areWhole = [true]
    for dimension in steps {
      areWhole.append(areWhole.last == true && strides[dimension] == spans.last)
      spans.append(strides[dimension] * (dimensions[dimension] - 1) + (spans.last ?? 1))
    }
    try forEachGap(from: 0, steps[...], spans, areWhole, body)
  }

  private func forEachGap<Failure: Error>(
    from base: Int, _ steps: ArraySlice<Int>, _ spans: [Int], _ areWhole: [Bool],
    _ body: (_ offset: Int, _ count: Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard !areWhole[steps.count], let dimension = steps.last else { return }
    let inner = steps.dropLast()
    for index in 0..<dimensions[dimension] {
      let start = base + index * strides[dimension]
      try forEachGap(from: start, inner, spans, areWhole, body)
      let gap = strides[dimension] - spans[inner.count]
      if gap > 0, index + 1 < dimensions[dimension] {
        try body(start + spans[inner.count], gap)
      }
    }
  }

  // MARK: Parts and turns

  /// What is left when one dimension has a fixed index.
  ///
  /// - Precondition: There is another dimension.
  func removing(_ dimension: Int) -> Geometry {
    var part = self
    part.rank -= 1
    for next in dimension..<part.rank {
      part.dimensions[next] = dimensions[next + 1]
      part.strides[next] = strides[next + 1]
    }
    part.measure()
    return part
  }

  /// The same with another length of one dimension.
  func limiting(_ dimension: Int, to length: Int) -> Geometry {
    var part = self
    part.dimensions[dimension] = length
    part.measure()
    return part
  }

  /// The same dimensions in another order.
  func permuted(_ order: [Int]) -> Geometry {
    var turned = self
    for (place, dimension) in order.enumerated() {
      turned.dimensions[place] = dimensions[dimension]
      turned.strides[place] = strides[dimension]
    }
    return turned
  }

  private mutating func measure() {
    // Beside a 0 the product of the others may be beyond all bounds.
    let isEmpty = (0..<rank).contains { dimensions[$0] == 0 }
    count = isEmpty ? 0 : (0..<rank).reduce(1) { $0 * dimensions[$1] }
    extent = count == 0 ? 0 : (0..<rank).reduce(1) { $0 + (dimensions[$1] - 1) * strides[$1] }
  }
}
