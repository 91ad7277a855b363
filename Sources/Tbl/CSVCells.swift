/// The cells of separated text (RFC 4180), one after the other.
struct CSVCells {
  let bytes: [UInt8]
  private let separator: UInt8
  private(set) var offset: Int
  /// Whether the last row has ended.
  private(set) var isAtEnd: Bool

  /// A cell, without the marks around it.
  struct Cell {
    let range: Range<Int>
    let isQuoted: Bool
    /// Whether two marks stand for one in it.
    let hasDoubledMarks: Bool
    let endsRow: Bool
  }

  init(_ bytes: [UInt8], separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    isAtEnd = offset == bytes.count
  }

  /// The next cell; there is one as long as it is not at the end.
  @inline(__always)
  mutating func next() throws(TblError) -> Cell {
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") { return try quoted() }
    let start = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == separator || byte == 0x0A || byte == UInt8(ascii: "\"") { break }
      offset += 1
    }
    var end = offset
    let isLast = offset == bytes.count || bytes[offset] == 0x0A
    if isLast, end > start, bytes[end - 1] == 0x0D { end -= 1 }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") {
      throw error(.notCSV, at: offset, "a quotation mark stands inside of a cell without marks")
    }
    return finish(start..<end, isQuoted: false, hasDoubledMarks: false)
  }

  private mutating func quoted() throws(TblError) -> Cell {
    let start = offset + 1
    var hasDoubledMarks = false
    offset = start
    while true {
      guard offset < bytes.count else {
        throw error(.notCSV, at: start - 1, "its quotation mark is not closed")
      }
      if bytes[offset] != UInt8(ascii: "\"") {
        offset += 1
      } else if offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "\"") {
        hasDoubledMarks = true
        offset += 2
      } else {
        break
      }
    }
    let end = offset
    offset += 1
    if offset + 1 < bytes.count, bytes[offset] == 0x0D, bytes[offset + 1] == 0x0A { offset += 1 }
    guard offset == bytes.count || bytes[offset] == separator || bytes[offset] == 0x0A else {
      throw error(.notCSV, at: offset, "something stands behind a closing quotation mark")
    }
    return finish(start..<end, isQuoted: true, hasDoubledMarks: hasDoubledMarks)
  }

  /// Passes what ends a cell.
  @inline(__always)
  private mutating func finish(_ range: Range<Int>, isQuoted: Bool, hasDoubledMarks: Bool) -> Cell {
    let endsRow = offset == bytes.count || bytes[offset] == 0x0A
    if offset < bytes.count { offset += 1 }
    // Behind the last end of line no row begins.
    isAtEnd = endsRow && offset == bytes.count
    return Cell(
      range: range, isQuoted: isQuoted, hasDoubledMarks: hasDoubledMarks, endsRow: endsRow)
  }

  /// The text of a cell.
  func text(_ cell: Cell) -> [UInt8] {
    guard cell.hasDoubledMarks else { return Array(bytes[cell.range]) }
    var text: [UInt8] = []
    var offset = cell.range.lowerBound
    while offset < cell.range.upperBound {
      text.append(bytes[offset])
      offset += bytes[offset] == UInt8(ascii: "\"") ? 2 : 1
    }
    return text
  }

  @inline(never)
  func error(_ code: TblError.Code, at offset: Int, _ reason: String) -> TblError {
    TblError(code, in: bytes, at: offset, reason)
  }
}
