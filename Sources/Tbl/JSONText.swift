/// A position in JSON text (RFC 8259), and what can be read from there.
///
/// Every error names line and column.
struct JSONText {
  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A mark of UTF-8 at the beginning is passed over, as the standard allows.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  var isAtEnd: Bool { offset == bytes.count }

  /// The next byte; 0, which JSON text never has, at the end.
  @inline(__always)
  var next: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  mutating func move(to offset: Int) { self.offset = offset }

  mutating func skipBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  /// Takes `byte` if it comes next.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  /// Takes a word such as `true`.
  mutating func take(word: String) throws(TblError) {
    let start = offset
    for byte in word.utf8 {
      guard take(byte) else { throw unexpected(at: start) }
    }
  }

  // MARK: Errors

  /// What comes at `offset` is not JSON.
  @inline(never)
  func unexpected(at offset: Int? = nil) -> TblError {
    let offset = offset ?? self.offset
    guard offset < bytes.count else { return error(.notJSON, at: offset, "it ends too early") }
    let rest = String(decoding: bytes[offset..<min(offset + 12, bytes.count)], as: UTF8.self)
    return error(.notJSON, at: offset, "\(rest.debugDescription) cannot stand here")
  }

  @inline(never)
  func error(_ code: TblError.Code, at offset: Int, _ reason: String) -> TblError {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return TblError(code, line: line, column: column, reason)
  }

  // MARK: Strings

  /// The text between two quotation marks, the first of which comes next.
  mutating func string() throws(TblError) -> String {
    guard take(UInt8(ascii: "\"")) else { throw unexpected() }
    let start = offset
    // Most texts have no escapes, and are taken as they are.
    while true {
      let byte = next
      if byte == UInt8(ascii: "\"") {
        guard let text = String(validating: bytes[start..<offset], as: UTF8.self) else {
          throw error(.notJSON, at: start, "its bytes are no UTF-8 text")
        }
        offset += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escaped(from: start) }
      guard byte >= 0x20 else { throw unexpected() }
      offset += 1
    }
  }

  /// The rest of a text whose first escape comes next.
  private mutating func escaped(from start: Int) throws(TblError) -> String {
    var text = Array(bytes[start..<offset])
    while true {
      let byte = next
      guard byte >= 0x20 else { throw unexpected() }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else {
          throw error(.notJSON, at: start, "its bytes are no UTF-8 text")
        }
        return text
      case UInt8(ascii: "\\"): try appendEscape(to: &text)
      default: text.append(byte)
      }
    }
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(TblError) {
    let start = offset - 1
    let byte = next
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let first = try codeUnit(of: start)
      var units = [first]
      if UTF16.isLeadSurrogate(first) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw half(start) }
        units.append(try codeUnit(of: start))
      }
      guard let character = String(validating: units, as: UTF16.self) else { throw half(start) }
      text.append(contentsOf: character.utf8)
    default: throw error(.notJSON, at: start, "there is no such escape")
    }
  }

  private func half(_ start: Int) -> TblError {
    error(.notJSON, at: start, "it is half of a character")
  }

  /// The four hexadecimal digits that come next.
  private mutating func codeUnit(of start: Int) throws(TblError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch next {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = next - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = next - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = next - UInt8(ascii: "A") + 10
      default: throw error(.notJSON, at: start, "four hexadecimal digits belong here")
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }

  // MARK: Numbers

  /// A number: an integer of 64 bits as it is, any other as the nearest double.
  enum Number {
    case signed(Int64)
    case unsigned(UInt64)
    case double(Double)
  }

  /// The number that comes next.
  mutating func number() throws(TblError) -> Number {
    let start = offset
    let isNegative = take(UInt8(ascii: "-"))
    // Of the digits, as long as they fit.
    var digits: UInt64 = 0
    var digitsFit = true
    let integerStart = offset
    try takeDigits(&digits, &digitsFit)
    guard bytes[integerStart] != UInt8(ascii: "0") || offset == integerStart + 1 else {
      throw error(.notJSON, at: start, "a number does not begin with 0 and another digit")
    }
    var exponent = 0
    var isInteger = true
    if take(UInt8(ascii: ".")) {
      isInteger = false
      let fraction = offset
      try takeDigits(&digits, &digitsFit)
      exponent = fraction - offset
    }
    if next | 0x20 == UInt8(ascii: "e") {
      offset += 1
      isInteger = false
      let isBelow = next == UInt8(ascii: "-")
      if isBelow || next == UInt8(ascii: "+") { offset += 1 }
      var power: UInt64 = 0
      var powerFits = true
      try takeDigits(&power, &powerFits)
      // What is beyond has no exact form below.
      let most = powerFits ? Int(min(power, 100_000)) : 100_000
      exponent += isBelow ? -most : most
    }
    if isInteger, digitsFit {
      if !isNegative {
        return digits <= UInt64(Int64.max) ? .signed(Int64(digits)) : .unsigned(digits)
      }
      if digits == UInt64(Int64.max) + 1 { return .signed(.min) }
      // There is no integer of minus 0.
      if digits <= UInt64(Int64.max), digits > 0 { return .signed(-Int64(digits)) }
    }
    if digitsFit, let exact = Self.exact(digits, exponent) {
      return .double(isNegative ? -exact : exact)
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard let nearest = Double(text), nearest.isFinite else {
      throw error(.outOfRange, at: start, "\(text) is beyond all doubles")
    }
    return .double(nearest)
  }

  /// Takes one digit or more, and adds them behind those of `number`.
  private mutating func takeDigits(_ number: inout UInt64, _ fits: inout Bool) throws(TblError) {
    let start = offset
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
      let (tens, isOver) = number.multipliedReportingOverflow(by: 10)
      let (sum, isMore) = tens.addingReportingOverflow(UInt64(next - UInt8(ascii: "0")))
      if isOver || isMore { fits = false }
      number = sum
      offset += 1
    }
    guard offset > start else { throw unexpected() }
  }

  /// Powers of ten that a double holds exactly.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// `digits` by a power of ten, where both are exact and one rounding makes the nearest double.
  ///
  /// - SeeAlso: Clinger (1990), doi:10.1145/93548.93557.
  private static func exact(_ digits: UInt64, _ exponent: Int) -> Double? {
    guard digits <= 1 << 53, abs(exponent) < powers.count else { return nil }
    return exponent < 0
      ? Double(digits) / powers[-exponent] : Double(digits) * powers[exponent]
  }
}
