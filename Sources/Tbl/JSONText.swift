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
    TblError(code, in: bytes, at: offset, reason)
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

  /// The number that comes next.
  mutating func number() throws(TblError) -> DecimalNumber {
    let start = offset
    do throws(DecimalNumber.Failure) {
      return try DecimalNumber(bytes, from: &offset)
    } catch {
      switch error {
      case .noDigits: throw unexpected()
      case .leadingZero:
        throw self.error(
          .notJSON, at: start, "a number does not begin with 0 and another digit")
      case .outOfRange:
        let text = String(decoding: bytes[start..<offset].prefix(40), as: UTF8.self)
        let rest = offset - start > 40 ? "…" : ""
        throw self.error(.outOfRange, at: start, "\(text)\(rest) is beyond all doubles")
      }
    }
  }
}
