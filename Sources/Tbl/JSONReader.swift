extension Tbl {
  /// The document that JSON text (RFC 8259) stands for, by the convention of
  /// ``json(pretty:nonFinite:)``.
  ///
  /// - An object is a table whose keys keep their order; an array is a vector: of truth values,
  ///   texts, bytes or tables where all are that, and of integers or doubles where all are numbers;
  ///   arrays of numbers that are all of one length are one vector of two dimensions, and so on up
  ///   to eight. Other arrays are vectors of values, and one without elements is a vector of
  ///   tables.
  /// - Integers that 64 bits hold are exact, first as i64, else as u64; all other numbers are the
  ///   nearest double. Among doubles integers become such where that is exact.
  /// - `{"$bytes": base64}` is bytes, and `"$vector"` the own vector of a table that has keys too.
  ///   A key that begins with `$` has another `$` in front.
  ///
  /// - Parameter bytes: UTF-8; a byte order mark is passed over.
  /// - Throws: `notJSON` for what is no JSON, or no member of this convention; `duplicateKey`;
  ///   `outOfRange` for a number beyond all doubles; `tooDeep`, `tooLarge`. Each names line and
  ///   column, but for the last.
  /// - Complexity: O(bytes × levels).
  public init(json bytes: [UInt8]) throws(TblError) {
    var reader = JSONReader(text: JSONText(bytes))
    self = try reader.document()
  }

  /// The document that JSON text stands for; as the form for bytes.
  public init(json text: String) throws(TblError) {
    try self.init(json: Array(text.utf8))
  }
}

private struct JSONReader {
  var text: JSONText
  private var depth = 0

  init(text: JSONText) { self.text = text }

  /// A value, as what may become part of a vector of numbers.
  private enum Parsed {
    case number(DecimalNumber)
    case numbers(JSONNumbers)
    case value(EncodedValue)

    var value: EncodedValue {
      switch self {
      case .number(.signed(let number)): .number(number)
      case .number(.unsigned(let number)): .number(number)
      case .number(.double(let number)): .number(number)
      case .numbers(let numbers): numbers.value
      case .value(let value): value
      }
    }
  }

  mutating func document() throws(TblError) -> Tbl {
    let value = try parse().value
    text.skipBlanks()
    guard text.isAtEnd else { throw text.unexpected() }
    return try Tbl.Builder.document(of: value)
  }

  private mutating func parse() throws(TblError) -> Parsed {
    text.skipBlanks()
    switch text.next {
    case UInt8(ascii: "{"):
      return .value(try nested { reader throws(TblError) in try reader.object() })
    case UInt8(ascii: "["): return try nested { reader throws(TblError) in try reader.array() }
    case UInt8(ascii: "\""): return .value(.text(try text.string()))
    case UInt8(ascii: "t"):
      try text.take(word: "true")
      return .value(.bool(true))
    case UInt8(ascii: "f"):
      try text.take(word: "false")
      return .value(.bool(false))
    case UInt8(ascii: "n"):
      try text.take(word: "null")
      return .value(.record(Record(.none)))
    default: return .number(try text.number())
    }
  }

  private mutating func nested<Result>(
    _ body: (inout JSONReader) throws(TblError) -> Result
  ) throws(TblError) -> Result {
    guard depth < Tbl.maximumHeight else {
      throw text.error(.tooDeep, at: text.offset, "\(depth) objects and arrays stand around it")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  // MARK: Arrays

  private mutating func array() throws(TblError) -> Parsed {
    guard text.take(UInt8(ascii: "[")) else { throw text.unexpected() }
    var numbers: JSONNumbers?
    var store = ElementStore()
    text.skipBlanks()
    if text.take(UInt8(ascii: "]")) { return .value(try store.finish()) }
    while true {
      add(try parse(), to: &numbers, &store)
      text.skipBlanks()
      if text.take(UInt8(ascii: "]")) { break }
      guard text.take(UInt8(ascii: ",")) else { throw text.unexpected() }
    }
    if let numbers { return .numbers(numbers) }
    return .value(try store.finish())
  }

  /// Adds an element to the numbers, as long as all are such, and else to the store with all
  /// before.
  private func add(_ element: Parsed, to numbers: inout JSONNumbers?, _ store: inout ElementStore) {
    switch element {
    case .number(let number):
      if numbers?.append(number) == true { return }
      if numbers == nil, store.count == 0 {
        numbers = JSONNumbers(number)
        return
      }
    case .numbers(let row):
      if numbers?.append(row: row) == true { return }
      if numbers == nil, store.count == 0, row.shape.count < 8 {
        numbers = JSONNumbers(rowOf: row)
        return
      }
    case .value: break
    }
    for value in numbers?.elements ?? [] { store.append(value) }
    numbers = nil
    store.append(element.value)
  }

  // MARK: Objects

  private mutating func object() throws(TblError) -> EncodedValue {
    let start = text.offset
    guard text.take(UInt8(ascii: "{")) else { throw text.unexpected() }
    var builder = Tbl.Builder()
    var hasVector = false
    text.skipBlanks()
    if !text.take(UInt8(ascii: "}")) {
      while true {
        text.skipBlanks()
        let place = text.offset
        let key = try self.key()
        switch key {
        case "$bytes":
          guard builder.count == 0, !hasVector else { throw alone(place) }
          return .bytes(try bytes(place))
        case "$vector":
          guard !hasVector else { throw duplicate(key, place) }
          hasVector = true
          try setVector(of: &builder, place)
        default:
          let name = try unescaped(key, place)
          builder.set(name, try parse().value)
        }
        text.skipBlanks()
        if text.take(UInt8(ascii: "}")) { break }
        guard text.take(UInt8(ascii: ",")) else { throw text.unexpected() }
      }
    }
    do throws(TblError) {
      return .table(try (consume builder).finish())
    } catch {
      guard error.code == .duplicateKey else {
        throw text.error(error.code, at: start, error.reason)
      }
      throw try findDuplicate(from: start) ?? error
    }
  }

  /// A key with the colon behind it.
  private mutating func key() throws(TblError) -> String {
    let key = try text.string()
    text.skipBlanks()
    guard text.take(UInt8(ascii: ":")) else { throw text.unexpected() }
    return key
  }

  private func unescaped(_ key: String, _ place: Int) throws(TblError) -> String {
    guard key.utf8.first == UInt8(ascii: "$") else { return key }
    guard key.utf8.dropFirst().first == UInt8(ascii: "$") else {
      throw text.error(
        .notJSON, at: place,
        "a key of a tbl that begins with $ has another $ in front, and "
          + "'\(key)' means nothing else")
    }
    return String(key.dropFirst())
  }

  private mutating func setVector(
    of builder: inout Tbl.Builder, _ place: Int
  ) throws(TblError) {
    text.skipBlanks()
    guard text.next == UInt8(ascii: "[") else {
      throw text.error(.notJSON, at: place, "$vector is an array")
    }
    builder.setOwnVector(of: try parse().value)
  }

  private func alone(_ place: Int) -> TblError {
    text.error(.notJSON, at: place, "$bytes stands alone in its object")
  }

  /// The first key of the object at `start` that stands there twice.
  private func findDuplicate(from start: Int) throws(TblError) -> TblError? {
    var reader = self
    reader.text.move(to: start + 1)
    // Of bytes, by which keys differ.
    var known: Set<[UInt8]> = []
    while true {
      reader.text.skipBlanks()
      let place = reader.text.offset
      let key = try reader.key()
      guard known.insert(Array(key.utf8)).inserted else { return duplicate(key, place) }
      _ = try reader.parse()
      reader.text.skipBlanks()
      guard reader.text.take(UInt8(ascii: ",")) else { return nil }
    }
  }

  private func duplicate(_ key: String, _ place: Int) -> TblError {
    text.error(.duplicateKey, at: place, "the key '\(key)' stands there twice")
  }

  // MARK: Bytes

  /// The bytes of `{"$bytes": base64}`, whose key was taken (RFC 4648, section 4).
  private mutating func bytes(_ place: Int) throws(TblError) -> [UInt8] {
    text.skipBlanks()
    let digits = Array(try text.string().utf8)
    text.skipBlanks()
    guard text.take(UInt8(ascii: "}")) else { throw alone(place) }
    guard let bytes = Self.base64(digits) else {
      throw text.error(.notJSON, at: place, "$bytes is no base64")
    }
    return bytes
  }

  private static func base64(_ digits: [UInt8]) -> [UInt8]? {
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard digits.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3)
    var bits: UInt32 = 0
    for (index, digit) in digits.dropLast(padding).enumerated() {
      guard let value = value(of: digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      if index % 4 == 3 {
        for shift in [16, 8, 0] as [UInt32] {
          bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
      }
    }
    // What is left over of the last digit is 0, or two texts would be the same bytes.
    switch padding {
    case 1:
      guard bits & 3 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    case 2:
      guard bits & 15 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    default: break
    }
    return bytes
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
