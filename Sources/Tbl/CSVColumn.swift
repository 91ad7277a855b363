/// A column of separated text: first what its cells are, then the cells.
struct CSVColumn {
  /// What all cells are that were looked at.
  private enum Kind {
    case empty, bool, signed, unsigned, double, text
  }

  let name: String
  private var kind = Kind.empty
  private var hasNegative = false
  private var hasEmpty = false
  private let given: Tbl.TypeCode?
  private var code = Tbl.TypeCode.string
  /// The cells as a vector holds them; where texts end.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var valid: [Bool] = []
  private var count = 0

  init(name: String, given: Tbl.TypeCode?) {
    self.name = name
    self.given = given
  }

  // MARK: What it is

  /// Looks at a cell.
  mutating func look(_ cell: CSVCells.Cell, _ cells: CSVCells) {
    if cell.range.isEmpty, !cell.isQuoted {
      hasEmpty = true
      return
    }
    // Nothing changes what is text already, or was said.
    if kind == .text || given != nil { return }
    kind = cell.isQuoted ? .text : joined(Self.kind(of: cell.range, in: cells.bytes, &hasNegative))
  }

  private static func kind(
    of range: Range<Int>, in bytes: [UInt8], _ hasNegative: inout Bool
  ) -> Kind {
    switch number(in: range, of: bytes) {
    case .signed(let number):
      if number < 0 { hasNegative = true }
      return .signed
    case .unsigned: return .unsigned
    case .double: return .double
    case nil: return bool(in: range, of: bytes) == nil ? .text : .bool
    }
  }

  private func joined(_ other: Kind) -> Kind {
    switch (kind, other) {
    case (.empty, _): other
    case (_, .text), (.bool, _), (_, .bool): kind == other ? kind : .text
    case (.double, _), (_, .double): .double
    case (.unsigned, _), (_, .unsigned): hasNegative ? .double : .unsigned
    default: .signed
    }
  }

  /// Called when all cells were looked at.
  mutating func decide(rows: Int) {
    code =
      given
      ?? {
        switch kind {
        case .bool: .bool
        case .signed: .int64
        case .unsigned: hasNegative ? .float64 : .uint64
        case .double: .float64
        case .empty, .text: .string
        }
      }()
    if let width = code.width {
      bytes.reserveCapacity(rows * width)
      if hasEmpty { valid.reserveCapacity(rows) }
    } else {
      ends.reserveCapacity(rows)
    }
  }

  /// Whether a cell of these bytes, without marks around it, is neither a number nor a truth value.
  static func isText(_ cell: [UInt8]) -> Bool {
    var hasNegative = false
    return kind(of: 0..<cell.count, in: cell, &hasNegative) == .text
  }

  private static func number(in range: Range<Int>, of bytes: [UInt8]) -> DecimalNumber? {
    var offset = range.lowerBound
    // One cell may go on as another number does.
    guard let number = try? DecimalNumber(bytes, from: &offset), offset == range.upperBound else {
      return special(bytes[range])
    }
    return number
  }

  /// What is no number of JSON, and stands in columns of measured values all the same.
  private static func special(_ cell: ArraySlice<UInt8>) -> DecimalNumber? {
    guard (3...4).contains(cell.count) else { return nil }
    switch String(decoding: cell, as: UTF8.self) {
    case "nan", "NaN", "NAN": return .double(.nan)
    case "inf", "Inf", "INF": return .double(.infinity)
    case "-inf", "-Inf", "-INF": return .double(-.infinity)
    default: return nil
    }
  }

  private static func bool(in range: Range<Int>, of bytes: [UInt8]) -> Bool? {
    if bytes[range].elementsEqual("true".utf8) { return true }
    return bytes[range].elementsEqual("false".utf8) ? false : nil
  }

  // MARK: Cells

  /// Adds a cell.
  ///
  /// - Throws: `wrongType` or `outOfRange` for what is not of the type that was said.
  mutating func append(_ cell: CSVCells.Cell, _ cells: CSVCells) throws(TblError) {
    count += 1
    guard let width = code.width else {
      if cell.hasDoubledMarks {
        bytes += cells.text(cell)
      } else {
        bytes += cells.bytes[cell.range]
      }
      ends.append(bytes.count)
      return
    }
    let isEmpty = cell.range.isEmpty && !cell.isQuoted
    if hasEmpty { valid.append(!isEmpty) }
    bytes.append(isEmpty ? 0 : try bits(of: cell, cells), width: width)
  }

  private func bits(of cell: CSVCells.Cell, _ cells: CSVCells) throws(TblError) -> UInt64 {
    if code == .bool {
      guard let bool = Self.bool(in: cell.range, of: cells.bytes) else {
        throw wrong(.wrongType, cell, cells)
      }
      return bool ? 1 : 0
    }
    guard let number = Self.number(in: cell.range, of: cells.bytes) else {
      throw wrong(.wrongType, cell, cells)
    }
    guard let bits = number.bits(as: code, text: cells.bytes[cell.range]) else {
      throw wrong(.outOfRange, cell, cells)
    }
    return bits
  }

  private func wrong(
    _ code: TblError.Code, _ cell: CSVCells.Cell, _ cells: CSVCells
  ) -> TblError {
    let text = String(decoding: cells.bytes[cell.range].prefix(40), as: UTF8.self)
    return cells.error(
      code, at: cell.range.lowerBound,
      "\(text.debugDescription) is no \(self.code.name), which column '\(name)' is of")
  }

  /// Sets the column in a table.
  func set(in builder: inout Tbl.Builder) {
    let (code, bytes, ends, count) = (code, bytes, ends, count)
    let vector = EncodedValue.vector { writer, key in
      code.width == nil
        ? writer.write(code, packed: bytes, ends: ends, key: key)
        : writer.write(code, elements: bytes.span.raw, count: count, shape: nil, key: key)
    }
    guard hasEmpty, code.width != nil else {
      builder.set(name, vector)
      return
    }
    var column = Tbl.Builder()
    column.set("values", vector)
    column.set("valid", vector: valid)
    builder.set(name, column)
  }
}

extension DecimalNumber {
  /// The number as a vector of `code` holds it; `nil` where it is none of that type.
  ///
  /// Floating point numbers are the nearest; those beyond all of the type are none of it.
  ///
  /// - Parameter text: What the number was read from.
  fileprivate func bits(
    as code: Tbl.TypeCode, text: @autoclosure () -> ArraySlice<UInt8>
  ) -> UInt64? {
    switch (self, code.kind) {
    case (.signed(let number), .signed):
      let unused = Int64(64 - code.bitWidth)
      return (number &<< unused) &>> unused == number ? UInt64(bitPattern: number) : nil
    case (.signed(let number), .unsigned):
      return number >= 0 && Self.fits(UInt64(number), code) ? UInt64(number) : nil
    case (.unsigned(let number), .unsigned): return Self.fits(number, code) ? number : nil
    // Through a double an integer would be rounded twice.
    case (.signed(let number), .floating):
      return code == .float64 ? Double(number).payload : Float(number).payload
    case (.unsigned(let number), .floating):
      return code == .float64 ? Double(number).payload : Float(number).payload
    case (.double(let number), .floating):
      return code == .float64 ? number.payload : Self.float(number, text())?.payload
    default: return nil
    }
  }

  private static func fits(_ number: UInt64, _ code: Tbl.TypeCode) -> Bool {
    code.bitWidth == 64 || number >> UInt64(code.bitWidth) == 0
  }

  /// The float nearest to the number that stands in `text`, to which `number` is the nearest
  /// double.
  private static func float(_ number: Double, _ text: ArraySlice<UInt8>) -> Float? {
    var float = Float(number)
    // Only where the double lies halfway between two floats, and so has no low bits, does the text
    // tell which of them is nearer.
    if number.bitPattern & 0xFFF_FFFF == 0, Double(float) != number, number.isFinite {
      float = Float(String(decoding: text, as: UTF8.self)) ?? float
    }
    return float.isInfinite && number.isFinite ? nil : float
  }
}
