extension Tbl {
  /// Numbers of several dimensions in place: an image, a matrix, a part of one.
  ///
  /// Parts and turns are views of the same bytes, whatever their strides.
  ///
  /// **Concurrency.** Reads immutable bytes; the lifetime of the bytes is checked by the compiler.
  public struct Tensor<Element: Scalar>: ~Escapable, BitwiseCopyable {
    /// From the first element of this one to its last.
    let elements: Span<Element>
    let geometry: Geometry

    @_lifetime(copy elements)
    init(_ elements: Span<Element>, _ geometry: Geometry) {
      self.elements = elements
      self.geometry = geometry
    }

    /// Numbers with `shape`, slowest-varying dimension first, a step along each of which leads
    /// `strides` elements on.
    ///
    /// - Parameters:
    ///   - elements: From the first element to the last, with what lies between.
    ///   - shape: 1 to 8 dimensions.
    ///   - strides: nil when the elements lie one behind the other.
    /// - Throws: `TblError` of code `wrongShape` when two indices would lead to one element, or one
    ///   to none.
    /// - Complexity: O(1); no allocation of its own.
    @_lifetime(copy elements)
    public init(
      _ elements: Span<Element>, shape: [Int], strides: [Int]? = nil
    ) throws(TblError) {
      let geometry =
        strides.map { Geometry(dimensions: shape, strides: $0) } ?? Geometry(dimensions: shape)
      guard let geometry, geometry.extent <= elements.count else {
        let step = strides.map { " with strides \($0)" } ?? ""
        throw TblError(
          .wrongShape, key: nil, "the shape \(shape)\(step) for \(elements.count) elements")
      }
      self.init(elements.extracting(..<geometry.extent), geometry)
    }

    /// How many dimensions there are, 1 to 8.
    public var rank: Int { geometry.rank }

    /// The dimensions, slowest-varying first.
    public var shape: [Int] { geometry.shape }

    /// How many elements on a step along each dimension leads.
    public var strides: [Int] { (0..<rank).map { geometry.strides[$0] } }

    /// How many elements there are.
    public var count: Int { geometry.count }

    /// The elements, when they lie one behind the other in row-major order.
    ///
    /// - Complexity: O(1); no allocation.
    public var contiguous: Span<Element>? {
      @_lifetime(copy self)
      get { geometry.isRowMajor ? elements : nil }
    }

    /// The element of a row-major number.
    ///
    /// - Precondition: It is in `0..<count`.
    /// - Complexity: O(rank).
    public func element(_ number: Int) -> Element {
      precondition((0..<count).contains(number), "element \(number) of \(count)")
      return elements[geometry.offset(of: number)]
    }

    /// The element of one dimension.
    ///
    /// - Precondition: There is one dimension, and the index is inside.
    /// - Complexity: O(1).
    public subscript(_ index: Int) -> Element { elements[offset(1, (index, 0, 0))] }

    /// The element of two dimensions.
    ///
    /// - Precondition: There are two dimensions, and both indices are inside.
    /// - Complexity: O(1).
    public subscript(_ row: Int, _ column: Int) -> Element {
      elements[offset(2, (row, column, 0))]
    }

    /// The element of three dimensions.
    ///
    /// - Precondition: There are three dimensions, and all indices are inside.
    /// - Complexity: O(1).
    public subscript(_ first: Int, _ second: Int, _ third: Int) -> Element {
      elements[offset(3, (first, second, third))]
    }

    @inline(__always)
    private func offset(_ rank: Int, _ indices: (Int, Int, Int)) -> Int {
      precondition(rank == self.rank, "\(rank) indices into \(self.rank) dimensions")
      var offset = step(indices.0, 0)
      if rank > 1 { offset &+= step(indices.1, 1) }
      if rank > 2 { offset &+= step(indices.2, 2) }
      return offset
    }

    @inline(__always)
    private func step(_ index: Int, _ dimension: Int) -> Int {
      precondition(
        index >= 0 && index < geometry.dimensions[dimension], "index \(index) is outside")
      return index &* geometry.strides[dimension]
    }

    // MARK: Parts

    /// What has index `index` in one dimension: a row, a column, a plane.
    ///
    /// - Precondition: There are two dimensions or more, and the index is inside.
    /// - Complexity: O(1).
    @_lifetime(copy self)
    public func selecting(_ index: Int, of dimension: Int) -> Tensor {
      precondition(rank > 1, "the only dimension cannot be left out")
      check(dimension)
      return part(geometry.removing(dimension), from: step(index, dimension))
    }

    /// What lies in `range` of one dimension.
    ///
    /// - Precondition: The range is inside.
    /// - Complexity: O(1).
    @_lifetime(copy self)
    public func slicing(_ range: Range<Int>, of dimension: Int) -> Tensor {
      check(dimension)
      precondition(
        range.lowerBound >= 0 && range.upperBound <= geometry.dimensions[dimension],
        "\(range) is outside")
      let part = geometry.limiting(dimension, to: range.count)
      // It may be beyond all bounds where there are no elements; then it is not used.
      return self.part(part, from: range.lowerBound &* geometry.strides[dimension])
    }

    /// The same elements with their dimensions in another order; all in reverse by default.
    ///
    /// - Precondition: Each dimension stands once in `order`.
    /// - Complexity: O(1).
    @_lifetime(copy self)
    public func transposed(_ order: [Int]? = nil) -> Tensor {
      let order = order ?? Array((0..<rank).reversed())
      precondition(order.sorted() == Array(0..<rank), "\(order) is no order of the dimensions")
      return Tensor(elements, geometry.permuted(order))
    }

    private func check(_ dimension: Int) {
      precondition((0..<rank).contains(dimension), "dimension \(dimension) of \(rank)")
    }

    @_lifetime(copy self)
    private func part(_ geometry: Geometry, from start: Int) -> Tensor {
      // What has no elements begins nowhere.
      let start = geometry.count == 0 ? 0 : start
      return Tensor(elements.extracting(start..<(start + geometry.extent)), geometry)
    }

    /// A copy of the elements in row-major order.
    ///
    /// - Complexity: O(count).
    public func copied() -> [Element] {
      var result: [Element] = []
      result.reserveCapacity(count)
      geometry.forEachRun { offset, count in
        for index in offset..<(offset + count) { result.append(elements[index]) }
      }
      return result
    }
  }
}

extension Tbl.Field {
  /// The vector's elements in place, with its dimensions, when they are stored as `T`.
  ///
  /// - Returns: nil when this is no vector of `T`.
  /// - Throws: As ``span(of:)``.
  /// - Complexity: O(1); allocates where a vector has several dimensions.
  @_lifetime(copy self)
  public func tensor<T: Tbl.Scalar>(of element: T.Type) throws(TblError) -> Tbl.Tensor<T>? {
    guard isVector, type == T.typeCode else { return nil }
    let geometry = try geometry()
    let bytes = try extent(geometry, MemoryLayout<T>.stride)
    return Tbl.Tensor(try lent(bytes), geometry)
  }
}

extension Tbl.View {
  /// The elements of the vector of `key` with its dimensions, when they are stored as `T`.
  ///
  /// - Throws: As ``Tbl/Field/span(of:)``.
  /// - Complexity: O(length of the key); allocates where a vector has several dimensions.
  @_lifetime(copy self)
  public func tensor<T: Tbl.Scalar>(
    _ key: String, of element: T.Type
  ) throws(TblError) -> Tbl.Tensor<T>? {
    guard let field = try field(key) else { return nil }
    return try field.tensor(of: element)
  }
}
