/// What is done with the numbers of a vector, whatever their type.
private protocol NumberReader<Result> {
  associatedtype Result
  func read<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> Result
}

private struct StatisticsReader: NumberReader {
  func read<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> Tbl.Statistics {
    Tbl.Statistics(numbers)
  }
}

private struct QuantilesReader: NumberReader {
  let fractions: [Double]

  func read<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> [Double] {
    Tbl.Statistics.quantiles(of: numbers, fractions)
  }
}

private struct ModeReader: NumberReader {
  func read<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> Tbl.Statistics.Mode? {
    Tbl.Statistics.mode(of: numbers)
  }
}

private struct HistogramReader: NumberReader {
  let range: ClosedRange<Double>
  let count: Int

  func read<Number: Tbl.Scalar>(_ numbers: Span<Number>) -> [Int] {
    Tbl.Statistics.histogram(of: numbers, in: range, count: count)
  }
}

extension Tbl.Field {
  /// What the numbers of this vector are like.
  ///
  /// - Returns: `nil` when this is no vector of numbers.
  /// - Throws: `TblError` for damaged bytes of a document that was not validated.
  /// - Complexity: O(elements); those with strides, of f16 or at an odd address are copied first.
  public func statistics() throws(TblError) -> Tbl.Statistics? {
    try read(StatisticsReader())
  }

  /// The numbers of this vector at places of their order, as `Tbl.Statistics` tells them.
  ///
  /// - Parameter fractions: Of 0 to 1; 0.5 is the median.
  /// - Returns: `nil` when this is no vector of numbers.
  /// - Throws: As ``statistics()``.
  /// - Precondition: Fractions are of 0 to 1.
  /// - Complexity: O(elements) for each fraction; as ``statistics()``.
  public func quantiles(_ fractions: [Double]) throws(TblError) -> [Double]? {
    try read(QuantilesReader(fractions: fractions))
  }

  /// The number of this vector that is there most often, as `Tbl.Statistics` tells it.
  ///
  /// - Returns: `nil` where no number is frequent, and when this is no vector of numbers.
  /// - Throws: As ``statistics()``.
  /// - Complexity: O(elements); as ``statistics()``.
  public func mode() throws(TblError) -> Tbl.Statistics.Mode? {
    try read(ModeReader()) ?? nil
  }

  /// How many numbers of this vector lie in each of equal parts of a range.
  ///
  /// - Parameters:
  ///   - range: Finite; numbers outside are left out.
  ///   - count: How many parts, at least one.
  /// - Precondition: The range is finite, and there is a part.
  /// - Returns: `nil` when this is no vector of numbers.
  /// - Throws: As ``statistics()``.
  /// - Complexity: As ``statistics()``.
  public func histogram(
    in range: ClosedRange<Double>, count: Int
  ) throws(TblError) -> [Int]? {
    try read(HistogramReader(range: range, count: count))
  }

  private func read<Reader: NumberReader>(
    _ reader: Reader
  ) throws(TblError) -> Reader.Result? {
    guard isVector, type.kind != nil, let stride = type.strideBytes else { return nil }
    return try withElements(stride) { bytes in
      switch type {
      case .int8: read(bytes, Int8.self, reader)
      case .int16: read(bytes, Int16.self, reader)
      case .int32: read(bytes, Int32.self, reader)
      case .int64: read(bytes, Int64.self, reader)
      case .uint8: read(bytes, UInt8.self, reader)
      case .uint16: read(bytes, UInt16.self, reader)
      case .uint32: read(bytes, UInt32.self, reader)
      case .uint64: read(bytes, UInt64.self, reader)
      case .float16: readHalves(bytes, reader)
      case .float32: read(bytes, Float.self, reader)
      default: read(bytes, Double.self, reader)
      }
    }
  }

  private func read<Number: Tbl.Scalar, Reader: NumberReader>(
    _ bytes: RawSpan, _ number: Number.Type, _ reader: Reader
  ) -> Reader.Result {
    if bytes.isAligned(to: MemoryLayout<Number>.alignment) {
      return reader.read(bytes.elements(of: number))
    }
    let copy = bytes.copied(as: number)
    return reader.read(copy.span)
  }

  private func readHalves<Reader: NumberReader>(
    _ bytes: RawSpan, _ reader: Reader
  ) -> Reader.Result {
    let numbers = bytes.copied(as: UInt16.self).map { Float(halfBits: $0) }
    return reader.read(numbers.span)
  }
}
