/// A stream that is being read: its bytes, the dictionaries that are known so far, and how much
/// may still be made of it.
struct Reading {
  let bytes: [UInt8]
  /// By their numbers.
  var dictionaries: [Int64: ColumnReader] = [:]
  /// Bytes that may still be allocated.
  private var allowance: Int

  init(_ bytes: [UInt8], maximumBytes: Int) {
    self.bytes = bytes
    allowance = maximumBytes
  }

  /// Notes that `count` bytes are about to be allocated.
  ///
  /// Columns may refer to the same buffers, and indices to the same long text, so what a stream
  /// becomes is bounded by nothing in it.
  mutating func charge(_ count: Int, column: String) throws(ArrowError) {
    guard count <= allowance else {
      throw ArrowError(.tooLarge, column: column, "more than the bytes that are allowed")
    }
    allowance -= count
  }

  /// Reads all batches.
  ///
  /// - Returns: The columns.
  mutating func columns() throws(ArrowError) -> [ColumnReader] {
    var messages = try MessageReader(bytes)
    guard let first = try opening(&messages), first.kind == .schema else {
      throw ArrowError(.notAStream, byte: 0, "no schema")
    }
    let schema = try ArrowSchema(first.header, byteCount: first.range.count)
    let columns = schema.fields.map { ColumnReader($0, path: $0.name) }
    let values = Self.dictionaryFields(of: schema.fields)
    while let message = try messages.next() {
      switch message.kind {
      case .schema:
        throw ArrowError(.corrupt, byte: message.range.lowerBound, "a second schema")
      case .dictionaryBatch:
        try readDictionary(message, values)
      case .recordBatch:
        var cursor = try BatchCursor(message.header, of: message)
        let rows = cursor.rows
        for column in columns { try column.read(&cursor, rows: rows, &self) }
      }
    }
    return columns
  }

  /// The first message; bytes that do not even begin with one are no stream.
  private func opening(_ messages: inout MessageReader) throws(ArrowError) -> ArrowMessage? {
    let mark = bytes.prefix(4)
    let isMarked = mark.elementsEqual([0xFF, 0xFF, 0xFF, 0xFF])
    guard isMarked || bytes.starts(with: MessageReader.magic) || mark.last == 0 else {
      throw ArrowError(.notAStream, byte: 0, "neither the mark of a message nor a file's magic")
    }
    return try messages.next()
  }

  private mutating func readDictionary(
    _ message: ArrowMessage, _ values: [Int64: ArrowField]
  ) throws(ArrowError) {
    let place = message.range.lowerBound
    let id = try message.header.number(0, default: Int64(0))
    guard let field = values[id], let batch = try message.header.table(1) else {
      throw ArrowError(.corrupt, byte: place, "a dictionary \(id) that no column uses")
    }
    let isDelta = try message.header.bool(2)
    let known = isDelta ? dictionaries[id] : nil
    let dictionary = known ?? ColumnReader(field, path: "dictionary \(id)")
    var cursor = try BatchCursor(batch, of: message)
    let rows = cursor.rows
    try dictionary.read(&cursor, rows: rows, &self)
    dictionaries[id] = dictionary
  }

  /// What the dictionaries hold, by their numbers.
  private static func dictionaryFields(of fields: [ArrowField]) -> [Int64: ArrowField] {
    var result: [Int64: ArrowField] = [:]
    for field in fields {
      if let dictionary = field.dictionary {
        result[dictionary.id] = ArrowField(name: "", isNullable: true, type: field.type)
      }
      result.merge(dictionaryFields(of: field.children)) { first, _ in first }
    }
    return result
  }
}

extension [UInt8] {
  /// The index into a dictionary at `position`; nil when it is negative or too large.
  func index(at position: Int, _ dictionary: ArrowField.Dictionary) -> Int? {
    let number: Int? =
      switch (dictionary.indexBits, dictionary.isSigned) {
      case (8, true): Int(littleEndian(Int8.self, at: position))
      case (8, false): Int(littleEndian(UInt8.self, at: position))
      case (16, true): Int(littleEndian(Int16.self, at: position))
      case (16, false): Int(littleEndian(UInt16.self, at: position))
      case (32, true): Int(littleEndian(Int32.self, at: position))
      case (32, false): Int(littleEndian(UInt32.self, at: position))
      case (_, true): Int(littleEndian(Int64.self, at: position))
      case (_, false): Int(exactly: littleEndian(UInt64.self, at: position))
      }
    guard let number, number >= 0 else { return nil }
    return number
  }

  /// Appends a run of elements.
  mutating func append(_ part: ColumnReader.Part, of stream: [UInt8]) {
    switch part {
    case .inStream(let range): append(contentsOf: stream[range])
    case .made(let bytes): append(contentsOf: bytes)
    }
  }

  /// These elements of `stride` bytes, with zeros where `flags` has one.
  consuming func clearing(_ flags: [UInt8]?, strideBytes stride: Int) -> [UInt8] {
    guard let flags else { return self }
    var result = self
    for index in flags.indices where flags[index] == 0 {
      for byte in 0..<stride { result[index &* stride &+ byte] = 0 }
    }
    return result
  }
}
