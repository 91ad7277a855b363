/// A JSON text as it was read: every value with its place, duplicate members still there.
struct JSONElement {
  /// What the element holds.
  enum Content {
    case scalar(JSONValue)
    case array([JSONElement])
    case object([JSONElement.Member])
  }

  /// A name, where it stands, and its element.
  struct Member {
    let name: String
    let position: TextPosition
    let element: JSONElement
  }

  let position: TextPosition
  let content: Content

  /// The content without places.
  var value: JSONValue {
    switch content {
    case .scalar(let value): value
    case .array(let elements): .array(elements.map(\.value))
    case .object(let members): .object(members.map { .init($0.name, $0.element.value) })
    }
  }
}

/// Why a text is not JSON.
struct JSONSyntaxError: Error, Hashable {
  let position: TextPosition
  let message: String
  let remedy: String
}

/// Reads RFC 8259 JSON strictly: no comments, no trailing commas, no lone surrogates, bounded
/// depth.
///
/// Foundation's reader gives neither the places of values nor duplicate members, and a graph file
/// written by hand needs both in its error messages.
struct JSONReader {
  /// Deepest nesting that is accepted; keeps hostile files from exhausting the stack.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  /// A counted place on the current line, so that counting columns stays linear on long lines.
  private var counted = (offset: 0, column: 1)

  /// Reads one value that is the whole of `bytes`.
  ///
  /// - Complexity: O(bytes).
  static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONElement {
    var reader = JSONReader(bytes: bytes)
    return try reader.document()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func document() throws(JSONSyntaxError) -> JSONElement {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw error("the file begins with a byte order mark", "save it as UTF-8 without a mark")
    }
    skipSpace()
    guard peek != nil else {
      throw error("the file is empty", "write a JSON object: { \"lava\": 1, ... }")
    }
    let element = try value(depth: 0)
    skipSpace()
    if let byte = peek {
      throw error("\(Self.shown(byte)) after the end of the value", "remove what follows it")
    }
    return element
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONElement {
    guard depth < Self.maximumDepth else {
      throw error("values are nested deeper than \(Self.maximumDepth)", "flatten them")
    }
    let start = markedPosition()
    switch peek {
    case UInt8(ascii: "{"): return try object(start, depth)
    case UInt8(ascii: "["): return try array(start, depth)
    case UInt8(ascii: "\""):
      return JSONElement(position: start, content: .scalar(.string(try string())))
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
      return JSONElement(position: start, content: .scalar(try number()))
    case UInt8(ascii: "/"):
      throw error("JSON has no comments", "move the note into a member whose name begins with x-")
    case UInt8(ascii: "'"):
      throw error("strings stand in double quotation marks", "replace ' by \"")
    case let byte?:
      throw error("expected a value, found \(Self.shown(byte))", "write a JSON value here")
    case nil:
      throw error("expected a value, found the end of the file", "complete the value")
    }
  }

  private mutating func object(
    _ start: TextPosition, _ depth: Int
  ) throws(JSONSyntaxError) -> JSONElement {
    offset += 1
    var members: [JSONElement.Member] = []
    skipSpace()
    if take("}") { return JSONElement(position: start, content: .object([])) }
    while true {
      skipSpace()
      let place = markedPosition()
      guard peek == UInt8(ascii: "\"") else {
        if peek == UInt8(ascii: "}") {
          throw error("a comma before }", "remove the comma after the last member")
        }
        throw error("expected a member's name, found \(found)", "write \"name\": value")
      }
      let name = try string()
      skipSpace()
      guard take(":") else {
        throw error("expected : after \"\(name)\", found \(found)", "write \"\(name)\": value")
      }
      skipSpace()
      members.append(.init(name: name, position: place, element: try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return JSONElement(position: start, content: .object(members)) }
      guard take(",") else {
        throw error("expected , or } after a member, found \(found)", "separate members by commas")
      }
    }
  }

  private mutating func array(
    _ start: TextPosition, _ depth: Int
  ) throws(JSONSyntaxError) -> JSONElement {
    offset += 1
    var elements: [JSONElement] = []
    skipSpace()
    if take("]") { return JSONElement(position: start, content: .array([])) }
    while true {
      skipSpace()
      if peek == UInt8(ascii: "]") {
        throw error("a comma before ]", "remove the comma after the last element")
      }
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return JSONElement(position: start, content: .array(elements)) }
      guard take(",") else {
        throw error(
          "expected , or ] after an element, found \(found)", "separate elements by commas")
      }
    }
  }

  private mutating func word(
    _ text: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONElement {
    let start = markedPosition()
    var end = offset
    while end < bytes.count, Self.isLetter(bytes[end]) { end += 1 }
    guard bytes[offset..<end].elementsEqual("\(text)".utf8) else {
      throw error(
        "\(String(decoding: bytes[offset..<end], as: UTF8.self)) is no JSON value",
        "write true, false, null, a number or a string in double quotation marks")
    }
    offset = end
    return JSONElement(position: start, content: .scalar(value))
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = offset
    var whole = true
    if peek == UInt8(ascii: "-") { offset += 1 }
    let first = offset
    let digits = skipDigits()
    if digits == 0 { throw error("a number without digits", "write a number such as 1 or 0.5") }
    if digits > 1, bytes[first] == UInt8(ascii: "0") {
      throw error("a number begins with a zero", "remove the zero")
    }
    if peek == UInt8(ascii: ".") {
      whole = false
      offset += 1
      if skipDigits() == 0 { throw error("no digits after the point", "write a digit after it") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      whole = false
      offset += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
      if skipDigits() == 0 { throw error("no digits in the exponent", "write a digit after it") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if whole, let value = Int64(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else {
      throw error("\(text) is too large a number", "write a number below 1.8e308")
    }
    return .double(value)
  }

  // MARK: Strings

  private mutating func string() throws(JSONSyntaxError) -> String {
    offset += 1
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("a string that is not UTF-8", "save the file as UTF-8")
        }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &content)
      case 0..<0x20:
        throw error(
          byte == 0x0A ? "a line ends inside a string" : "a control character inside a string",
          byte == 0x0A ? "close the string, or write \\n" : "write it as \\u and four digits")
      default:
        content.append(byte)
        offset += 1
      }
    }
    throw error("the file ends inside a string", "close it with \"")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONSyntaxError) {
    guard let byte = peek else {
      throw error("the file ends inside a string", "close it with \"")
    }
    let plain: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      offset += 1
      content.append(contentsOf: Array(String(try scalar()).utf8))
      return
    default:
      throw error("\\\(Self.shown(byte)) is no escape", "write \\\\ for a backslash")
    }
    content.append(plain)
    offset += 1
  }

  /// What `\u` and its digits stand for; a pair of surrogates gives one scalar.
  private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    if first < 0xDC00, peek == UInt8(ascii: "\\") {
      offset += 1
      if take("u") {
        let second = try fourDigits()
        if (0xDC00..<0xE000).contains(second) {
          return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))!
        }
      }
    }
    throw error("half of a surrogate pair", "write the character itself")
  }

  private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("\\u needs four hexadecimal digits", "write them")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  // MARK: Bytes

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private var found: String { peek.map(Self.shown) ?? "the end of the file" }

  private var position: TextPosition {
    // Continuation bytes do not count, so that columns agree with what an editor shows.
    let passed = bytes[counted.offset..<offset].count { $0 & 0xC0 != 0x80 }
    return TextPosition(line: line, column: counted.column + passed)
  }

  private mutating func markedPosition() -> TextPosition {
    let position = self.position
    counted = (offset, position.column)
    return position
  }

  private mutating func skipSpace() {
    while let byte = peek {
      switch byte {
      case 0x0A:
        offset += 1
        line += 1
        counted = (offset, 1)
      case 0x20, 0x09, 0x0D: offset += 1
      default: return
      }
    }
  }

  private mutating func skipDigits() -> Int {
    let start = offset
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset - start
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private func error(_ message: String, _ remedy: String) -> JSONSyntaxError {
    JSONSyntaxError(position: position, message: message, remedy: remedy)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    Character(Unicode.Scalar(byte)).isLetter && byte < 0x80
  }

  private static func shown(_ byte: UInt8) -> String {
    (0x21..<0x7F).contains(byte)
      ? String(Unicode.Scalar(byte)) : "byte 0x" + String(byte, radix: 16, uppercase: true)
  }
}

extension JSONValue {
  /// Reads one value that is the whole of `text`; `nil` when it is not JSON.
  ///
  /// - Complexity: O(text).
  public init?(parsing text: String) {
    guard let element = try? JSONReader.read(Array(text.utf8)) else { return nil }
    self = element.value
  }
}
