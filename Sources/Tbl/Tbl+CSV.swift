extension Tbl {
  /// How text with separated columns is read.
  ///
  /// **Concurrency.** A value.
  public struct CSVOptions: Hashable, Sendable {
    /// Between two cells; any ASCII character but a quotation mark and the ends of lines.
    public var separator: UInt8
    /// Whether the first row has the names of the columns; without it they are `column 1` and so
    /// on.
    public var hasHeader: Bool
    /// What columns are, by name, where it is not to be told from their cells: numbers of any type
    /// but f16, truth values or texts.
    public var types: [String: TypeCode]

    /// The default is what RFC 4180 describes, with a header.
    public init(
      separator: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true,
      types: [String: TypeCode] = [:]
    ) {
      self.separator = separator
      self.hasHeader = hasHeader
      self.types = types
    }

    /// - Throws: `unusableSeparator`.
    static func check(separator: UInt8) throws(TblError) {
      // Others are parts of characters, or end rows or quote cells already.
      guard separator < 0x80, !"\"\r\n".utf8.contains(separator) else {
        throw TblError(separator: separator)
      }
    }
  }

  /// The table of columns that text with separated cells (RFC 4180) is.
  ///
  /// Each column is a vector under its name. Where all cells are integers it is of i64, or of u64
  /// where that is needed; where all are numbers, of f64; where all are `true` or `false`, of truth
  /// values; else of texts. What has a 0 in front of another digit is text, and so is what stands
  /// in quotation marks. A column of numbers or truth values in which cells are empty is a table of
  /// `values`, with 0 there, and `valid`, which is false there, as `TblArrow` has them.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; a byte order mark is passed over. Rows end with a line feed, or one behind a
  ///     carriage return.
  ///   - options: How it is written.
  /// - Throws: `notCSV` with line and column where a row has another number of cells, where a
  ///   quotation mark is left open, and where bytes are no text; `outOfRange` and `wrongType` for a
  ///   cell that is not of the type that its column is to have; `duplicateKey` for two columns of
  ///   one name; `absentColumn` for a type of a column that is not there; `unusableSeparator`;
  ///   `tooLarge`.
  /// - Complexity: O(bytes), which are gone through twice.
  public init(csv bytes: [UInt8], options: CSVOptions = CSVOptions()) throws(TblError) {
    var reader = CSVReader(bytes, options)
    self = try reader.table()
  }
}
