// JSON out (RFC 8259). A table is an object; one that has only a vector of its own is an array; one
// that has both holds the vector under "$vector". Bytes are {"$bytes": base64}. A key that begins
// with "$" gets another "$" in front. Vectors of several dimensions are nested arrays. Integers
// are exact, other numbers the double they equal, printed shortest.

extension Tbl {
  /// What becomes of numbers that JSON lacks: not-a-number and the infinities.
  public enum NonFinite: String, Hashable, Sendable, CaseIterable {
    /// They are an error.
    case refused
    /// They become `null`.
    case null
    /// They become the texts `"NaN"`, `"Infinity"` and `"-Infinity"`.
    case text
  }

  /// The document as JSON (RFC 8259).
  ///
  /// - Parameters:
  ///   - pretty: Whether to indent by two spaces; vectors of numbers stay on one line.
  ///   - nonFinite: What becomes of not-a-number and the infinities.
  /// - Throws: `notFinite`, where these are refused, with the place of the first.
  /// - Complexity: O(bytes).
  public func json(
    pretty: Bool = false, nonFinite: NonFinite = .refused
  ) throws(TblError) -> String {
    String(decoding: try jsonBytes(pretty: pretty, nonFinite: nonFinite), as: UTF8.self)
  }

  /// The same as UTF-8, for who writes it somewhere.
  package func jsonBytes(
    pretty: Bool = false, nonFinite: NonFinite = .refused
  ) throws(TblError) -> [UInt8] {
    try withView { view throws(TblError) in
      var writer = JSONWriter(pretty: pretty, nonFinite: nonFinite)
      try writer.table(view, depth: 0)
      return writer.text
    }
  }
}

extension Tbl.Field {
  /// The value as JSON, as it stands in that of its document; see ``Tbl/json(pretty:nonFinite:)``.
  ///
  /// - Parameters:
  ///   - pretty: Whether to indent by two spaces.
  ///   - nonFinite: What becomes of not-a-number and the infinities.
  /// - Throws: `notFinite`, and other codes when the document is damaged.
  /// - Complexity: O(bytes), once the document was validated.
  public func json(
    pretty: Bool = false, nonFinite: Tbl.NonFinite = .refused
  ) throws(TblError) -> String {
    // What overlaps could be written many times.
    try owner.validate()
    var writer = JSONWriter(pretty: pretty, nonFinite: nonFinite)
    try writer.field(self, depth: 0)
    return String(decoding: writer.text, as: UTF8.self)
  }
}

private struct JSONWriter {
  let pretty: Bool
  let nonFinite: Tbl.NonFinite
  var text: [UInt8] = []

  init(pretty: Bool, nonFinite: Tbl.NonFinite) {
    self.pretty = pretty
    self.nonFinite = nonFinite
  }

  mutating func table(_ view: borrowing Tbl.View, depth: Int) throws(TblError) {
    if let vector = try view.vector() {
      guard view.count > 0 else {
        return try inside(nil) { writer throws(TblError) in try writer.vector(vector, depth: depth)
        }
      }
      text.append(UInt8(ascii: "{"))
      line(depth + 1)
      member("$vector")
      try inside(nil) { writer throws(TblError) in try writer.vector(vector, depth: depth + 1) }
      text.append(UInt8(ascii: ","))
    } else {
      text.append(UInt8(ascii: "{"))
    }
    for index in 0..<view.count {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      line(depth + 1)
      let key = try view.key(at: index)
      // Of bytes: with an accent behind it, the sign is part of another character.
      member(key.utf8.first == UInt8(ascii: "$") ? "$" + key : key)
      try inside(key) { writer throws(TblError) in
        try writer.field(view.field(at: index), depth: depth + 1)
      }
    }
    if view.count > 0 { line(depth) }
    text.append(UInt8(ascii: "}"))
  }

  mutating func field(_ field: borrowing Tbl.Field, depth: Int) throws(TblError) {
    guard !field.isVector else { return try vector(field, depth: depth) }
    switch field.type {
    case .none, .value: put("null")
    case .bool: put(field.bool == true ? "true" : "false")
    case .string: string(try field.string() ?? "")
    case .bytes: base64(try field.bytes()?.copied(as: UInt8.self) ?? [])
    case .table: if let view = try field.table() { try table(view, depth: depth) }
    default:
      switch field.type.kind {
      case .signed: put(String(Int64(bitPattern: field.record.payload)))
      case .unsigned: put(String(field.record.payload))
      default: try number(field.record.floating ?? .nan)
      }
    }
  }

  /// Writes a vector as an array, or as nested ones when it has several dimensions.
  private mutating func vector(_ field: borrowing Tbl.Field, depth: Int) throws(TblError) {
    let shape = try field.shape()
    // A shape with a 0 may have other dimensions of any size: it has no elements to nest.
    guard field.count > 0 else { return put("[]") }
    let isNested = field.type == .table || field.type == .value
    let elements = isNested ? .none : try field.value()
    var index = 0
    try array(field, elements, shape[...], &index, depth: depth)
  }

  /// Writes the elements from `index` on that fill `shape`.
  ///
  /// - Parameter elements: The copied elements; `.none` when they are read in place.
  private mutating func array(
    _ field: borrowing Tbl.Field, _ elements: Tbl.Value, _ shape: ArraySlice<Int>,
    _ index: inout Int, depth: Int
  ) throws(TblError) {
    let isInnermost = shape.count == 1
    let isOneLine = isInnermost && elements != .none
    text.append(UInt8(ascii: "["))
    for position in 0..<(shape.first ?? 0) {
      if position > 0 { put(isOneLine && pretty ? ", " : ",") }
      if !isOneLine { line(depth + 1) }
      if isInnermost {
        try element(field, elements, index, depth: depth + 1)
        index += 1
      } else {
        try array(field, elements, shape.dropFirst(), &index, depth: depth + 1)
      }
    }
    if !isOneLine { line(depth) }
    text.append(UInt8(ascii: "]"))
  }

  private mutating func element(
    _ field: borrowing Tbl.Field, _ elements: Tbl.Value, _ index: Int, depth: Int
  ) throws(TblError) {
    switch elements {
    case .bools(let bools): put(bools[index] ? "true" : "false")
    case .ints(let ints): put(String(ints[index]))
    case .uints(let uints): put(String(uints[index]))
    case .doubles(let doubles): try number(doubles[index], element: index)
    case .floats(let floats): try number(Double(floats[index]), element: index)
    case .strings(let strings): string(strings[index])
    case .byteStrings(let parts): base64(parts[index])
    default:
      do {
        if let view = try field.table(at: index) { try table(view, depth: depth) }
        if let value = try field.value(at: index) { try self.field(value, depth: depth) }
      } catch {
        throw error.inside(element: index)
      }
    }
  }

  private mutating func member(_ name: String) {
    string(name)
    put(pretty ? ": " : ":")
  }

  private mutating func number(_ number: Double, element: Int? = nil) throws(TblError) {
    guard !number.isFinite else { return put(number.description) }
    switch nonFinite {
    case .refused:
      let name = number.isNaN ? "not-a-number" : "infinity"
      throw TblError(.notFinite, element: element, "JSON has no number for \(name)")
    case .null: put("null")
    case .text: put(number.isNaN ? "\"NaN\"" : number < 0 ? "\"-Infinity\"" : "\"Infinity\"")
    }
  }

  /// Does `body`; its errors say that they happened below `key`, or nil for the own vector.
  @inline(__always)
  private mutating func inside(
    _ key: String?, _ body: (inout JSONWriter) throws(TblError) -> Void
  ) throws(TblError) {
    do { try body(&self) } catch { throw error.inside(key) }
  }

  private mutating func string(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): put("\\\"")
      case UInt8(ascii: "\\"): put("\\\\")
      case 0x0A: put("\\n")
      case 0x0D: put("\\r")
      case 0x09: put("\\t")
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        put("\\u00" + (digits.count == 1 ? "0" : "") + digits)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  /// Writes `{"$bytes": ...}` in base64 (RFC 4648, section 4).
  private mutating func base64(_ bytes: [UInt8]) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    text.append(UInt8(ascii: "{"))
    member("$bytes")
    text.append(UInt8(ascii: "\""))
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let bits = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for digit in 0..<4 {
        text.append(
          digit <= part.count ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
      }
    }
    put("\"}")
  }

  private mutating func put(_ part: String) {
    text.append(contentsOf: part.utf8)
  }

  /// Begins a line when the text is for people.
  private mutating func line(_ depth: Int) {
    guard pretty else { return }
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }
}
