// The document for people: a line for each value with its type. What is long is cut, and how much
// of it is left out stands there.
//
// Nothing in it steers a terminal, whatever keys and texts hold.

extension Tbl: CustomStringConvertible {
  /// The document as ``tree(_:)`` shows it with the usual limits.
  public var description: String { tree() }
}

extension Tbl {
  /// How much of a document a tree shows.
  ///
  /// **Concurrency.** A value.
  public struct TreeLimits: Hashable, Sendable {
    /// Elements of each vector, at most.
    public var elements: Int
    /// Keys of each table, at most.
    public var keys: Int
    /// Unicode scalars of each text, at most.
    public var characters: Int

    /// The default shows all keys, and of long vectors and texts the beginning.
    public init(elements: Int = 8, keys: Int = .max, characters: Int = 60) {
      self.elements = elements
      self.keys = keys
      self.characters = characters
    }
  }

  /// The document for people: a line for each value, indented by depth, with its type, its
  /// dimensions and what it is.
  ///
  /// Keys stand there as in a ``Path``, indices of elements too. Whatever a terminal would obey is
  /// written as `\u{1B}`.
  ///
  /// - Parameter limits: How much is shown; how much more there is stands behind `…`.
  /// - Complexity: O(what is shown).
  public func tree(_ limits: TreeLimits = TreeLimits()) -> String {
    withTrustedView { view throws(TblError) in
      var writer = TreeWriter(limits: limits)
      writer.text = "table, \(TreeWriter.keys(view.count)), \(view.bytes.byteCount) bytes"
      try writer.members(view, depth: 1)
      return writer.text
    }
  }
}

extension Tbl.Field {
  /// The value for people, as it stands in the tree of its document; see ``Tbl/tree(_:)``.
  ///
  /// - Parameter limits: How much is shown.
  /// - Throws: `TblError` when it is damaged.
  /// - Complexity: O(what is shown), once the document was validated.
  public func tree(_ limits: Tbl.TreeLimits = Tbl.TreeLimits()) throws(TblError) -> String {
    // What overlaps could be shown many times.
    try owner.validate()
    var writer = TreeWriter(limits: limits)
    try writer.value(self, depth: 0)
    return writer.text
  }

  /// A number, a truth value or nil as text, numbers as short as their type allows; nil for others.
  package var scalarText: String? {
    guard !isVector else { return nil }
    switch type {
    case .none: return "nil"
    case .bool: return bool == true ? "true" : "false"
    case .float16:
      return Float(halfBits: UInt16(truncatingIfNeeded: record.payload)).description
    case .float32:
      return Float(bitPattern: UInt32(truncatingIfNeeded: record.payload)).description
    default:
      switch type.kind {
      case .signed: return Int64(bitPattern: record.payload).description
      case .unsigned: return record.payload.description
      case .floating: return record.floating?.description
      case nil: return nil
      }
    }
  }

  /// What the value is, on one line: type and dimensions, and of a single value what it is.
  func summary(_ limits: Tbl.TreeLimits) throws(TblError) -> String {
    if isVector { return try typeAndShape() }
    if let view = try table() {
      // A list of values is such a table, and mostly thought of as a vector.
      if view.count == 0, let vector = try view.vector() {
        return "table, " + (try vector.typeAndShape())
      }
      return "table, \(TreeWriter.keys(view.count))"
    }
    if type == .none { return "nil" }
    return try type.name + " " + TreeWriter(limits: limits).single(self)
  }

  /// The type, and behind it the dimensions of a vector: `f32[3x4]`.
  package func typeAndShape() throws(TblError) -> String {
    guard isVector else { return type.name }
    return "\(type.name)[\(try shape().map(String.init).joined(separator: "x"))]"
  }

  /// The parts of a path that lead from this vector to element `index`, counted in row-major order.
  package func indices(of index: Int) throws(TblError) -> [String] {
    guard record.rank > 1 else { return [String(index)] }
    var rest = index
    var parts: [String] = []
    for length in try shape().reversed() {
      parts.append(String(rest % length))
      rest /= length
    }
    return parts.reversed()
  }
}

struct TreeWriter {
  let limits: Tbl.TreeLimits
  var text = ""

  init(limits: Tbl.TreeLimits) { self.limits = limits }

  mutating func members(_ view: borrowing Tbl.View, depth: Int) throws(TblError) {
    if let vector = try view.vector() {
      begin("(vector)", depth)
      try value(vector, depth: depth)
    }
    for index in 0..<min(view.count, limits.keys) {
      begin(Tbl.Path.escaped(try view.key(at: index)), depth)
      try value(view.field(at: index), depth: depth)
    }
    more(view.count - limits.keys, "key", depth)
  }

  /// Writes a value; what is inside goes to lines of its own below.
  mutating func value(_ field: borrowing Tbl.Field, depth: Int) throws(TblError) {
    text += try field.summary(limits)
    if field.isVector {
      try elements(field, depth: depth)
    } else if let view = try field.table() {
      if view.count == 0, let vector = try view.vector() {
        try elements(vector, depth: depth)
      } else {
        try members(view, depth: depth + 1)
      }
    }
  }

  private mutating func elements(
    _ field: borrowing Tbl.Field, depth: Int
  ) throws(TblError) {
    let areLines = field.type == .table || field.type == .value
    for index in 0..<min(field.count, limits.elements) {
      if areLines {
        begin(try field.indices(of: index).joined(separator: "."), depth + 1)
        try value(field.element(at: index), depth: depth + 1)
      } else {
        text += try " " + single(field.element(at: index))
      }
    }
    let left = field.count - limits.elements
    if areLines {
      more(left, "element", depth + 1)
    } else if left > 0 {
      text += " … \(left) more"
    }
  }

  private mutating func begin(_ name: String, _ depth: Int) {
    text += "\n" + String(repeating: "  ", count: depth) + name + ": "
  }

  private mutating func more(_ count: Int, _ what: String, _ depth: Int) {
    guard count > 0 else { return }
    text += "\n" + String(repeating: "  ", count: depth) + "… \(count) more \(what)"
    if count > 1 { text += "s" }
  }

  /// A value that is neither a vector nor a table.
  func single(_ field: borrowing Tbl.Field) throws(TblError) -> String {
    if let text = field.scalarText { return text }
    let bytes = try field.bytes()?.byteCount ?? 0
    guard let string = try field.string() else { return "(\(bytes) bytes)" }
    // A character may have as many marks as it likes.
    let start = string.unicodeScalars.prefix(limits.characters)
    let isWhole = start.endIndex == string.endIndex
    return "\"" + start.map(Self.quoted).joined()
      + (isWhole ? "\"" : "…\" (\(bytes) bytes)")
  }

  private static func quoted(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: scalar.steersTerminals ? scalar.escaped : String(scalar)
    }
  }

  static func keys(_ count: Int) -> String { count == 1 ? "1 key" : "\(count) keys" }
}

extension Unicode.Scalar {
  /// Whether a terminal obeys this instead of showing it, or shows what stands behind it in another
  /// direction.
  package var steersTerminals: Bool {
    switch value {
    case 0x00...0x1f, 0x7f...0x9f, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  /// Its number, as `\u{1B}`.
  package var escaped: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }
}
