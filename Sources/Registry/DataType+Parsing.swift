extension DataType {
  /// The most bytes that the text of a type has.
  public static let maximumBytes = 256
  /// The most arguments that a type has.
  public static let maximumArguments = 8
  private static let maximumDepth = 8

  /// Reads a type as it is written.
  ///
  /// - Throws: `DataTypeError` of code `notAType` that says what was expected where.
  /// - Complexity: O(length), which is at most ``maximumBytes``.
  public init(_ text: String) throws(DataTypeError) {
    self = try DataType(text, allowingVariables: false)
  }

  /// Reads a type of a declaration, where arguments may be its parameters.
  init(pattern text: String) throws(DataTypeError) {
    self = try DataType(text, allowingVariables: true)
  }

  private init(_ text: String, allowingVariables: Bool) throws(DataTypeError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw DataTypeError(
        .notAType, String(text.prefix(40)) + "...",
        "\(text.utf8.count) bytes, at most \(Self.maximumBytes) are read")
    }
    var parser = Parser(text, allowingVariables: allowingVariables)
    self = try parser.type(depth: 0)
    try parser.end()
  }

  /// Whether `name` is an identifier, in full or of the vocabulary.
  static func isIdentifier(_ name: some StringProtocol) -> Bool {
    name.utf8.first.map { isLetter($0) || isDigit($0) } == true
      && name.utf8.allSatisfy(isOfIdentifier) && name.utf8.count { $0 == UInt8(ascii: "/") } <= 1
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isOfIdentifier(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || "-._+/".utf8.contains(byte)
  }

  /// The full form of an identifier.
  static func full(_ name: String) -> String {
    name.contains { $0 == "." || $0 == "/" } ? name : vocabularyPrefix + name
  }

  /// Reads by recursive descent:
  ///
  ///     type      = identifier [ "<" argument { "," argument } ">" ]
  ///     argument  = "*" | "$" name | "[" [ dimension { "," dimension } ] "]" | type
  ///     dimension = "*" | "..." | number
  private struct Parser {
    private let text: String
    private let bytes: [UInt8]
    private let allowsVariables: Bool
    private var offset = 0

    init(_ text: String, allowingVariables: Bool) {
      self.text = text
      bytes = Array(text.utf8)
      allowsVariables = allowingVariables
    }

    mutating func type(depth: Int) throws(DataTypeError) -> DataType {
      let start = offset
      let name = word()
      guard DataType.isIdentifier(name) else { throw expected("an identifier", at: start) }
      guard depth < DataType.maximumDepth else {
        throw expected("at most \(DataType.maximumDepth) types in each other", at: start)
      }
      var arguments: [Argument] = []
      if take("<") {
        arguments = try list(until: ">", atMost: DataType.maximumArguments) {
          (parser) throws(DataTypeError) in try parser.argument(depth: depth + 1)
        }
        guard !arguments.isEmpty else { throw expected("an argument", at: offset) }
      }
      return DataType(trusting: DataType.full(name), arguments)
    }

    private mutating func argument(depth: Int) throws(DataTypeError) -> Argument {
      if take("*") { return .any }
      if take("[") {
        let dimensions = try list(until: "]", atMost: Shape.largestCount) {
          (parser) throws(DataTypeError) in try parser.dimension()
        }
        guard dimensions.count(where: { $0 == .several }) <= 1 else {
          throw expected("at most one '...'", at: offset)
        }
        return .shape(Shape(dimensions))
      }
      let start = offset
      guard take("$") else { return .type(try type(depth: depth)) }
      let name = word()
      guard allowsVariables else {
        throw expected("no parameter outside of a declaration", at: start)
      }
      guard TypeDeclaration.isParameter(name) else { throw expected("a parameter", at: start) }
      return .variable(name)
    }

    private mutating func dimension() throws(DataTypeError) -> Shape.Dimension {
      if take("*") { return .any }
      let start = offset
      let name = word()
      if name == "..." { return .several }
      guard let size = Int(name), size >= 0, name.utf8.allSatisfy(DataType.isDigit) else {
        throw expected("a size, '*' or '...'", at: start)
      }
      return .size(size)
    }

    private mutating func list<Element>(
      until end: Character, atMost limit: Int,
      _ element: (inout Parser) throws(DataTypeError) -> Element
    ) throws(DataTypeError) -> [Element] {
      var elements: [Element] = []
      if take(end) { return elements }
      while true {
        elements.append(try element(&self))
        guard elements.count <= limit else {
          throw expected("at most \(limit) of them", at: offset)
        }
        if take(end) { return elements }
        guard take(",") else { throw expected("',' or '\(end)'", at: offset) }
      }
    }

    func end() throws(DataTypeError) {
      guard offset == bytes.count else { throw expected("the end", at: offset) }
    }

    /// The bytes of an identifier from here on, after blanks, which stand also behind it.
    private mutating func word() -> String {
      skipBlanks()
      let start = offset
      while offset < bytes.count, DataType.isOfIdentifier(bytes[offset]) { offset += 1 }
      let word = String(decoding: bytes[start..<offset], as: UTF8.self)
      skipBlanks()
      return word
    }

    private mutating func take(_ character: Character) -> Bool {
      skipBlanks()
      guard offset < bytes.count, bytes[offset] == character.asciiValue else { return false }
      offset += 1
      skipBlanks()
      return true
    }

    private mutating func skipBlanks() {
      while offset < bytes.count, bytes[offset] == UInt8(ascii: " ") { offset += 1 }
    }

    private func expected(_ what: String, at offset: Int) -> DataTypeError {
      DataTypeError(.notAType, text, "at byte \(offset), expected \(what)")
    }
  }
}
