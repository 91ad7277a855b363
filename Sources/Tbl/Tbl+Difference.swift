// What differs between two documents: both are gone through at once, keys are looked up in the
// other.

extension Tbl {
  /// One place at which two documents differ.
  ///
  /// **Concurrency.** An immutable value.
  public struct Difference: Hashable, Sendable {
    /// How they differ there.
    public enum Kind: String, Hashable, Sendable {
      /// Only the first document has something there.
      case onlyInFirst
      /// Only the second document has something there.
      case onlyInSecond
      /// Values, or elements of vectors, are of different types.
      case type
      /// Vectors have different dimensions.
      case shape
      /// What is there is of one type and shape, and not the same.
      case value
    }

    /// Which elements of two vectors differ.
    ///
    /// **Concurrency.** An immutable value.
    public struct Elements: Hashable, Sendable {
      /// The index of the first one that does, one number for each dimension.
      public let firstIndex: [Int]
      /// How many do.
      public let count: Int
      /// How many there are.
      public let total: Int
    }

    /// Where; without parts for the outermost tables.
    public let path: Path
    /// Whether it is the own vector of the tables there.
    public let isOwnVector: Bool
    /// How they differ.
    public let kind: Kind
    /// What the first document has there, as a tree shows it, but on one line; of two vectors of
    /// one shape the first element that differs. Nil where it has nothing.
    public let first: String?
    /// The same of the second document.
    public let second: String?
    /// Which elements differ, for vectors of one type and shape; nil for everything else.
    public let elements: Elements?
  }

  /// Where this document and `other` differ; nowhere where ``isEquivalent(to:)`` says so.
  ///
  /// The order of keys does not count, nor how elements of vectors lie. Numbers of different types
  /// differ, and so do numbers of one type that have different bits, such as both zeros. Tables,
  /// also those that are elements of vectors, are gone into; of a value that only one document has,
  /// what is inside is not listed.
  ///
  /// - Parameters:
  ///   - other: The second document.
  ///   - limits: How much of texts is told.
  /// - Returns: In the order of this document, and in each table what only `other` has at the end.
  /// - Complexity: O(bytes of both).
  public func differences(
    from other: Tbl, limits: TreeLimits = TreeLimits()
  ) -> [Difference] {
    withTrustedView { view throws(TblError) in
      var comparison = Comparison(limits: limits)
      try other.withView { (other) throws(TblError) in try comparison.compare(view, other) }
      return comparison.found
    }
  }
}

/// Invariant: `path` leads to what is being compared.
private struct Comparison {
  let limits: Tbl.TreeLimits
  var found: [Tbl.Difference] = []
  private var path: [String] = []

  init(limits: Tbl.TreeLimits) { self.limits = limits }

  mutating func compare(
    _ first: borrowing Tbl.View, _ second: borrowing Tbl.View
  ) throws(TblError) {
    let twin = try second.vector()
    if let vector = try first.vector() {
      if let twin {
        try compare(vector, twin, isOwn: true)
      } else {
        add(.onlyInFirst, isOwn: true, try vector.summary(limits), nil)
      }
    } else if let twin {
      add(.onlyInSecond, isOwn: true, nil, try twin.summary(limits))
    }
    for index in 0..<first.count {
      path.append(try first.key(at: index))
      let field = try first.field(at: index)
      if let entry = try second.find(first.keyBytes(at: index)) {
        try compare(field, second.field(atRecord: entry + Layout.recordOffset))
      } else {
        add(.onlyInFirst, try field.summary(limits), nil)
      }
      path.removeLast()
    }
    for index in 0..<second.count where try first.find(second.keyBytes(at: index)) == nil {
      path.append(try second.key(at: index))
      add(.onlyInSecond, nil, try second.field(at: index).summary(limits))
      path.removeLast()
    }
  }

  private mutating func compare(
    _ first: borrowing Tbl.Field, _ second: borrowing Tbl.Field, isOwn: Bool = false
  ) throws(TblError) {
    guard first.type == second.type, first.isVector == second.isVector else {
      return add(.type, isOwn: isOwn, try first.summary(limits), try second.summary(limits))
    }
    guard first.isVector else {
      if let table = try first.table(), let twin = try second.table() {
        return try compare(table, twin)
      }
      guard try !first.isEquivalent(to: second) else { return }
      return add(.value, try first.summary(limits), try second.summary(limits))
    }
    guard try first.shape() == second.shape() else {
      return add(.shape, isOwn: isOwn, try first.summary(limits), try second.summary(limits))
    }
    if first.type == .table || first.type == .value {
      for index in 0..<first.count {
        let parts = try first.indices(of: index)
        path += parts
        try compare(first.element(at: index), second.element(at: index))
        path.removeLast(parts.count)
      }
    } else if let (index, count) = try differing(first, second) {
      let element = try (first.element(at: index), second.element(at: index))
      let writer = TreeWriter(limits: limits)
      add(
        .value, isOwn: isOwn, try writer.single(element.0), try writer.single(element.1),
        Tbl.Difference.Elements(
          firstIndex: try first.indices(of: index).compactMap { Int($0) }, count: count,
          total: first.count))
    }
  }

  /// The first element that differs, and how many do; nil where none does.
  private func differing(
    _ first: borrowing Tbl.Field, _ second: borrowing Tbl.Field
  ) throws(TblError) -> (index: Int, count: Int)? {
    guard let width = first.type.width else {
      var found: (index: Int, count: Int)?
      for index in 0..<first.count {
        guard let part = try first.bytes(at: index), let twin = try second.bytes(at: index),
          !part.equals(twin)
        else { continue }
        found = (found?.index ?? index, (found?.count ?? 0) + 1)
      }
      return found
    }
    return try first.withElements(width) { (elements) throws(TblError) in
      try second.withElements(width) { (twins) -> (index: Int, count: Int)? in
        if elements.equals(twins) { return nil }
        return switch width {
        case 1: elements.differing(from: twins, UInt8.self)
        case 2: elements.differing(from: twins, UInt16.self)
        case 4: elements.differing(from: twins, UInt32.self)
        default: elements.differing(from: twins, UInt64.self)
        }
      }
    }
  }

  private mutating func add(
    _ kind: Tbl.Difference.Kind, isOwn: Bool = false, _ first: String?, _ second: String?,
    _ elements: Tbl.Difference.Elements? = nil
  ) {
    found.append(
      Tbl.Difference(
        path: Tbl.Path(parts: path), isOwnVector: isOwn, kind: kind, first: first, second: second,
        elements: elements))
  }
}

extension RawSpan {
  /// The first of the words that is another in `other`, which has as many, and how many are.
  @inline(__always)
  fileprivate func differing<Word: FixedWidthInteger & BitwiseCopyable>(
    from other: RawSpan, _ word: Word.Type
  ) -> (index: Int, count: Int)? {
    let stride = MemoryLayout<Word>.stride
    var (first, count) = (0, 0)
    for index in 0..<(byteCount / stride)
    where load(word, at: index &* stride) != other.load(word, at: index &* stride) {
      if count == 0 { first = index }
      count += 1
    }
    return count > 0 ? (first, count) : nil
  }
}
