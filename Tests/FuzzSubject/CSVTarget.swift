import Tbl

/// Bytes as separated text; the first of them chooses how it is read.
extension FuzzTarget {
  static let csv = FuzzTarget(name: "csv", seeds: seededRows) { input in
    guard let choice = input.first else { return }
    let text = Array(input.dropFirst())
    guard let table = try? Tbl(csv: text, options: Tbl.CSVOptions(choosing: choice)) else { return }
    var rows: Int?
    for key in table.keys {
      let count = table.rowCount(of: key)
      precondition(count == rows ?? count, "columns with \(count) and \(rows ?? 0) rows")
      rows = count
    }
    precondition(rows ?? 0 <= text.count + 1, "more rows than text")
    ValidDocument(table).check()
  }

  private static func seededRows() -> [[UInt8]] {
    [
      "\u{0}a,b,c\n1,x,true\n-2,\"y, \"\"z\"\"\",false\r\n,,\n",
      "\u{1}1;2.5;x\n3;nan;y",
      "\u{0A}a\tb\n18446744073709551615\t1\n0\t-inf\n",
      "\u{20}a\n1\n255\n\n",
      "\u{0}\u{FEFF}é,e\u{301}\n007,1e5\n",
      "\u{6}\n\n\"\"\n",
    ].map { Array($0.utf8) }
  }
}

extension Tbl.CSVOptions {
  /// One bit for the header, three for the separator, the rest for the type of a column.
  fileprivate init(choosing choice: UInt8) {
    // The last three can separate nothing, and must harm nobody.
    let separators: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C, 0x20, 0x22, 0x0A, 0x0D]
    let codes: [Tbl.TypeCode?] = [
      nil, .int8, .uint16, .int64, .float32, .float64, .bool, .string, .float16, .bytes,
    ]
    let hasHeader = choice & 1 == 0
    let code = codes[Int(choice >> 4) % codes.count]
    self.init(
      separator: separators[Int(choice >> 1 & 7)], hasHeader: hasHeader,
      types: code.map { [hasHeader ? "a" : "column 1": $0] } ?? [:])
  }
}

extension Tbl {
  /// Elements of a column, which is a vector, or a table of one and of what is valid in it.
  fileprivate func rowCount(of key: String) -> Int {
    if let shape = shape(key) {
      precondition(shape.count == 1, "a column of \(shape.count) dimensions")
      return shape[0]
    }
    guard let column = table(key), let values = column.shape("values"),
      let valid = column.bools("valid")
    else { preconditionFailure("a key that is no column") }
    precondition(values == [valid.count] && column.count == 2, "values without validity")
    return valid.count
  }
}
