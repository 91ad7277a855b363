/// Numbers of a JSON array that are all of one type, or of arrays of them that are all of one
/// shape.
///
/// Integers among other numbers become doubles where they are those exactly.
struct JSONNumbers {
  /// i64, u64 or f64.
  private(set) var code: Tbl.TypeCode
  /// The numbers as they lie in a vector.
  private(set) var words: [UInt64]
  /// The dimensions, the outermost first.
  private(set) var shape: [Int]

  init(_ number: DecimalNumber) {
    switch number {
    case .signed(let number): (code, words) = (.int64, [UInt64(bitPattern: number)])
    case .unsigned(let number): (code, words) = (.uint64, [number])
    case .double(let number): (code, words) = (.float64, [number.bitPattern])
    }
    shape = [1]
  }

  /// An array of one such array.
  init(rowOf numbers: JSONNumbers) {
    self = numbers
    shape.insert(1, at: 0)
  }

  /// Numbers of a row.
  private var rowCount: Int { shape.dropFirst().reduce(1, *) }

  /// Adds a number to numbers; `false` where it is of a type that they cannot all have.
  mutating func append(_ number: DecimalNumber) -> Bool {
    guard shape.count == 1 else { return false }
    // Most numbers are of the type of those before.
    switch (number, code) {
    case (.double(let number), .float64): words.append(number.bitPattern)
    case (.signed(let number), .int64): words.append(UInt64(bitPattern: number))
    default: return append(JSONNumbers(number).words[0], of: JSONNumbers(number).code)
    }
    shape[0] += 1
    return true
  }

  private mutating func append(_ word: UInt64, of other: Tbl.TypeCode) -> Bool {
    guard append([word], of: other) else { return false }
    shape[0] += 1
    return true
  }

  /// Adds numbers of a type that need not be that of those before; nothing where that cannot be.
  private mutating func append(_ more: [UInt64], of other: Tbl.TypeCode) -> Bool {
    let common = Self.common(code, other)
    guard let converted = Self.convert(more, other, to: common) else { return false }
    // Those before become another type once, and else stay where they are.
    if code != common {
      guard let before = Self.convert(words, code, to: common) else { return false }
      (code, words) = (common, before)
    }
    words.append(contentsOf: converted)
    return true
  }

  /// Adds a row; `false` where it is of another shape, or of a type that all cannot have.
  mutating func append(row: JSONNumbers) -> Bool {
    guard shape.dropFirst().elementsEqual(row.shape) else { return false }
    guard append(row.words, of: row.code) else { return false }
    shape[0] += 1
    return true
  }

  /// The type that numbers of two types can have together.
  private static func common(_ one: Tbl.TypeCode, _ other: Tbl.TypeCode) -> Tbl.TypeCode {
    if one == other { return one }
    return one == .float64 || other == .float64 ? .float64 : .uint64
  }

  /// The same numbers as another type; `nil` where one of them is not that exactly.
  private static func convert(
    _ words: [UInt64], _ code: Tbl.TypeCode, to other: Tbl.TypeCode
  ) -> [UInt64]? {
    guard code != other else { return words }
    var converted: [UInt64] = []
    converted.reserveCapacity(words.count)
    for word in words {
      switch (code, other) {
      case (.int64, .float64):
        let number = Int64(bitPattern: word)
        guard number.magnitude <= 1 << 53 else { return nil }
        converted.append(Double(number).bitPattern)
      case (.uint64, .float64): return nil
      default:
        guard Int64(bitPattern: word) >= 0 else { return nil }
        converted.append(word)
      }
    }
    return converted
  }

  /// The vector, of as many dimensions as there are.
  var value: EncodedValue {
    let (code, words, shape) = (code, words, shape)
    return .vector { writer, key in
      writer.write(
        code, elements: words.span.raw, count: words.count, shape: shape.count > 1 ? shape : nil,
        key: key)
    }
  }

  /// The elements of the outermost dimension, each for itself.
  var elements: [EncodedValue] {
    guard shape.count > 1 else { return words.map { .record(Record(code, payload: $0)) } }
    let size = rowCount
    return (0..<shape[0]).map { row in
      var part = self
      part.words = Array(words[row * size..<(row + 1) * size])
      part.shape.removeFirst()
      return part.value
    }
  }
}
