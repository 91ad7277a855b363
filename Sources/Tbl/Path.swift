extension Tbl {
  /// The way from a table to a value inside it: a key, then what is below it.
  ///
  /// As text, its parts stand between dots: `mesh.positions`. A dot or a backslash that belongs to
  /// a key has a backslash in front, and `\u{1B}` is the character of that number. Where a vector
  /// is met, parts are indices, one for each of its dimensions: `sensors.3.name`, `matrix.0.2`. A
  /// key of that name goes before an index.
  ///
  /// **Concurrency.** An immutable value.
  public struct Path: Hashable, Sendable {
    /// Keys and indices from the outermost table on; none leads to that table itself.
    public let parts: [String]

    /// A path of these parts, taken as they are.
    public init(parts: [String]) { self.parts = parts }

    /// The path that `text` writes.
    ///
    /// A backslash in front of anything else stands for itself, so that every text is a path.
    ///
    /// - Complexity: O(length).
    public init(_ text: String) {
      var parts: [String] = []
      var part = String.UnicodeScalarView()
      var rest = text.unicodeScalars[...]
      while let scalar = rest.popFirst() {
        switch scalar {
        case ".":
          parts.append(String(part))
          part.removeAll()
        case "\\": part.append(Self.escapedScalar(&rest) ?? scalar)
        default: part.append(scalar)
        }
      }
      parts.append(String(part))
      self.parts = parts
    }

    /// Takes what a backslash stands in front of, if it makes that another character.
    private static func escapedScalar(
      _ rest: inout Substring.UnicodeScalarView
    ) -> Unicode.Scalar? {
      if rest.first == "." || rest.first == "\\" { return rest.popFirst() }
      // No number has more digits.
      guard rest.starts(with: "u{".unicodeScalars), let end = rest.prefix(11).firstIndex(of: "}"),
        case let digits = rest[..<end].dropFirst(2),
        digits.allSatisfy(\.properties.isASCIIHexDigit),
        let number = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(number)
      else { return nil }
      rest = rest[rest.index(after: end)...]
      return scalar
    }

    /// The path that goes on from this one with `part`.
    public func appending(_ part: String) -> Path { Path(parts: parts + [part]) }
  }
}

extension Tbl.Path: ExpressibleByStringLiteral {
  /// The path that `text` writes.
  public init(stringLiteral text: String) { self.init(text) }
}

extension Tbl.Path: CustomStringConvertible {
  /// The text that writes this path, without anything that a terminal would obey; empty also for
  /// the path without parts, which has none.
  public var description: String { parts.map(Self.escaped).joined(separator: ".") }

  /// A part as the text of a path has it.
  static func escaped(_ part: String) -> String {
    part.unicodeScalars.map { scalar in
      switch scalar {
      case ".", "\\": "\\" + String(scalar)
      default: scalar.steersTerminals ? scalar.escaped : String(scalar)
      }
    }.joined()
  }
}

extension Tbl.View {
  /// The value that `path` leads to, or nil when there is none.
  ///
  /// - Throws: `TblError` when what it touches is damaged.
  /// - Complexity: A lookup for each part; allocates where a vector has several dimensions.
  @_lifetime(copy self)
  public func field(at path: Tbl.Path) throws(TblError) -> Tbl.Field? {
    var table = self
    var position = 0
    while position < path.parts.count {
      var field: Tbl.Field
      if let member = try table.field(path.parts[position]) {
        field = member
        position += 1
      } else if let vector = try table.vector() {
        field = vector
      } else {
        return nil
      }
      // A mixed list is a table whose own vector it is: elements may be vectors again.
      while field.isVector, position < path.parts.count {
        guard let index = try field.index(path.parts[position...]), index < field.count else {
          return nil
        }
        position += Int(field.record.rank)
        field = try field.element(at: index)
      }
      if position == path.parts.count { return field }
      guard let inner = try field.table() else { return nil }
      table = inner
    }
    return nil
  }
}

extension Tbl.Field {
  /// The number of the element that the first of `parts` are the indices of, one for each
  /// dimension.
  fileprivate func index(_ parts: ArraySlice<String>) throws(TblError) -> Int? {
    let rank = Int(record.rank)
    // Without elements, dimensions may be beyond all that a product of them could hold.
    guard parts.count >= rank, count > 0 else { return nil }
    let shape = rank == 1 ? nil : try self.shape()
    var index = 0
    for dimension in 0..<rank {
      let length = shape?[dimension] ?? count
      let part = parts[parts.startIndex + dimension]
      // Int takes a sign and zeros in front, which no index has.
      guard let number = Int(part), number >= 0, number < length, String(number) == part else {
        return nil
      }
      index = index * length + number
    }
    return index
  }

  /// Element `index` of a vector, in row-major order, as a value of its own.
  ///
  /// - Precondition: This is a vector, and `index` is in `0..<count`.
  /// - Throws: `TblError` when the element is damaged.
  /// - Complexity: O(1); allocates where a vector has several dimensions.
  @_lifetime(copy self)
  public func element(at index: Int) throws(TblError) -> Tbl.Field {
    precondition(isVector && (0..<count).contains(index), "element \(index) of \(count)")
    if let value = try value(at: index) { return value }
    guard let width = type.strideBytes else {
      let bounds = try bounds(of: index)
      let place = self.record.offset + 4 * index
      _ = try owner.region(bounds.offset, bounds.length, place: place)
      let record = Record(type, offset: bounds.offset, count: bounds.length)
      return Tbl.Field(table: owner, record: record, place: place)
    }
    guard record.rank > 1 || record.isStrided else {
      return try number(in: elements(strideBytes: width), at: index, width: width)
    }
    let geometry = try geometry()
    return try number(
      in: extent(geometry, width), at: geometry.offset(of: index), width: width)
  }

  /// The number or truth value that lies `index` elements behind the first.
  @_lifetime(copy self)
  private func number(
    in elements: RawSpan, at index: Int, width: Int
  ) throws(TblError) -> Tbl.Field {
    let offset = record.offset + index * width
    let bits = elements.word(at: index * width, width: width)
    guard type != .bool || bits <= 1 else {
      throw owner.corrupt(offset, "a bool that is neither 0 nor 1")
    }
    let record = Record(type, bits: bits)
    return Tbl.Field(table: owner, record: record, place: offset, isElement: true)
  }
}
