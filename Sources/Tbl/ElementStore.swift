/// The elements of an array that are encoded one by one.
///
/// As long as all are of one type, their bytes are gathered as a vector of that type holds them;
/// the first of another type makes all of them values.
struct ElementStore {
  private enum Form {
    case empty
    /// Numbers or truth values, one behind the other in `bytes`.
    case fixed(Tbl.TypeCode, width: Int)
    /// Texts, bytes or tables, one behind the other in `bytes`, each up to its of `ends`.
    case ragged(Tbl.TypeCode)
    case values
  }

  private var form = Form.empty
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var values: [EncodedValue] = []
  private var tallest = 0
  private(set) var count = 0

  /// Adds a number or a truth value.
  mutating func append(_ code: Tbl.TypeCode, payload: UInt64) {
    count += 1
    switch form {
    case .fixed(code, let width):
      bytes.append(payload, width: width)
    case .empty:
      let width = code.width ?? 1
      form = .fixed(code, width: width)
      bytes.append(payload, width: width)
    default:
      mix()
      values.append(.record(Record(code, payload: payload)))
    }
  }

  /// Adds numbers.
  mutating func append<T: Tbl.Scalar>(contentsOf numbers: [T]) {
    if case .empty = form, !numbers.isEmpty {
      form = .fixed(T.typeCode, width: MemoryLayout<T>.size)
    }
    if case .fixed(T.typeCode, _) = form {
      numbers.withRaw { bytes.append($0) }
      count += numbers.count
    } else {
      for number in numbers { append(T.typeCode, payload: number.payload) }
    }
  }

  /// Adds any value.
  mutating func append(_ value: EncodedValue) {
    switch value {
    case .record(let record) where record.code != .none:
      append(record.code, payload: record.payload)
      return
    case .text(let text) where gathers(.string): append(part: text.utf8Span.span.raw)
    case .bytes(let part) where gathers(.bytes): append(part: part.span.raw)
    case .table(let table) where gathers(.table):
      tallest = max(tallest, table.height)
      let part = table.bytes
      append(part: part.span.raw)
    default:
      mix()
      values.append(value)
    }
    count += 1
  }

  private mutating func append(part: RawSpan) {
    bytes.append(part)
    ends.append(bytes.count)
  }

  /// Whether elements of this type are gathered, which the first one decides.
  private mutating func gathers(_ code: Tbl.TypeCode) -> Bool {
    switch form {
    case .empty:
      form = .ragged(code)
      return true
    case .ragged(code): return true
    default: return false
    }
  }

  /// Makes values of what was gathered.
  private mutating func mix() {
    switch form {
    case .values: return
    case .empty: break
    case .fixed(let code, let width):
      let gathered = bytes
      let part = gathered.span.raw
      for offset in stride(from: 0, to: bytes.count, by: width) {
        values.append(.record(Record(code, bits: part.word(at: offset, width: width))))
      }
    case .ragged(let code):
      var start = 0
      for end in ends {
        let part = Array(bytes[start..<end])
        switch code {
        case .string: values.append(.text(String(decoding: part, as: UTF8.self)))
        case .bytes: values.append(.bytes(part))
        default: values.append(.table(Tbl(trusting: part)))
        }
        start = end
      }
    }
    form = .values
    bytes = []
    ends = []
  }

  /// The array: a vector of its elements' type, or a table with an own vector of values. Without
  /// elements it is a vector of tables, which arrays of unknown elements mostly are.
  consuming func finish() throws(TblError) -> EncodedValue {
    let (bytes, ends, count, tallest) = (bytes, ends, count, tallest)
    switch form {
    case .fixed(let code, _):
      return .vector { writer, key in
        writer.write(code, elements: bytes.span.raw, count: count, shape: nil, key: key)
      }
    case .ragged(let code):
      return .vector { writer, key in
        if code == .table { writer.note(height: tallest) }
        return writer.write(code, packed: bytes, ends: ends, key: key)
      }
    case .empty:
      return .vector { writer, key in writer.write(.table, packed: [], ends: [], key: key) }
    case .values:
      var builder = Tbl.Builder()
      builder.setVector(values)
      return .table(try (consume builder).finish())
    }
  }
}

extension Record {
  /// A number or a truth value whose bits, without a sign, are `bits`.
  init(_ code: Tbl.TypeCode, bits: UInt64) {
    guard code.kind == .signed else {
      self.init(code, payload: bits)
      return
    }
    let unused = 64 &- code.bitWidth
    let extended = Int64(bitPattern: bits &<< unused) &>> Int64(unused)
    self.init(code, payload: UInt64(bitPattern: extended))
  }
}
