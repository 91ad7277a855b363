/// A value that was encoded and waits for its place in a table.
enum EncodedValue {
  /// Nil, a truth value or a number.
  case record(Record)
  case text(String)
  case bytes([UInt8])
  case table(Tbl)
  /// A vector of one type, which the closure writes.
  case vector((_ writer: inout RegionWriter, _ key: String?) -> Record?)

  static func number<T: Tbl.Scalar>(_ number: T) -> EncodedValue {
    .record(Record(T.typeCode, payload: number.payload))
  }

  static func bool(_ bool: Bool) -> EncodedValue { .record(Record(.bool, payload: bool ? 1 : 0)) }

  static func numbers<T: Tbl.Scalar>(_ numbers: [T]) -> EncodedValue {
    .vector { writer, key in writer.write(numbers, shape: nil, key: key) }
  }

  /// What `value` becomes when that is known without asking it: arrays of one type become vectors
  /// with one copy of their bytes.
  static func known<T>(_ value: T) -> EncodedValue? {
    // Elements of a set and values of a dictionary come here one by one.
    number(Double.self, value) ?? number(Float.self, value) ?? number(Int.self, value)
      ?? number(Int32.self, value) ?? number(UInt8.self, value)
      ?? known[ObjectIdentifier(T.self)]?(value)
  }

  @inline(__always)
  private static func number<Number: Tbl.Scalar, T>(
    _ number: Number.Type, _ value: T
  ) -> EncodedValue? {
    guard T.self == number, let number = value as? Number else { return nil }
    return .number(number)
  }

  private typealias Conversion = @Sendable (Any) -> EncodedValue?

  private static let known: [ObjectIdentifier: Conversion] = {
    var known: [ObjectIdentifier: Conversion] = [:]
    func add<T>(_ convert: @escaping @Sendable (T) -> EncodedValue) {
      known[ObjectIdentifier(T.self)] = { value in (value as? T).map(convert) }
    }
    func add<T: Tbl.Scalar>(_ type: T.Type) {
      add { (number: T) in .number(number) }
      add { (numbers: [T]) in .numbers(numbers) }
    }
    add(Int8.self)
    add(Int16.self)
    add(Int32.self)
    add(Int64.self)
    add(Int.self)
    add(UInt8.self)
    add(UInt16.self)
    add(UInt32.self)
    add(UInt64.self)
    add(UInt.self)
    add(Float.self)
    add(Double.self)
    #if !(os(macOS) && arch(x86_64))
      add(Float16.self)
    #endif
    add { (bool: Bool) in .bool(bool) }
    add { (bools: [Bool]) in
      .vector { writer, key in writer.write(bools, shape: nil, key: key) }
    }
    add { (text: String) in .text(text) }
    add { (texts: [String]) in
      .vector { writer, key in writer.write(texts, shape: nil, key: key) }
    }
    add { (bytes: Tbl.Bytes) in .bytes(bytes.array) }
    add { (table: Tbl) in .table(table) }
    return known
  }()
}

extension RegionWriter {
  /// Writes a value that was encoded.
  mutating func write(_ value: EncodedValue, key: String?) -> Record? {
    switch value {
    case .record(let record): record
    case .text(let text): write(text, key: key)
    case .bytes(let bytes): write(.bytes, bytes.span.raw, key: key)
    case .table(let table): write(table, key: key)
    case .vector(let write): write(&self, key)
    }
  }

  /// Writes a vector of elements of varying length that stand one behind the other in `packed`.
  ///
  /// - Parameter ends: Where each of them ends.
  mutating func write(
    _ code: Tbl.TypeCode, packed: [UInt8], ends: [Int], key: String?
  ) -> Record? {
    guard fits(3 + 4 * (ends.count + 1) + 7 + packed.count, key: key) else { return nil }
    pad(to: 4)
    let start = bytes.count
    // All of it fits, so every end fits 32 bits.
    bytes.append(words: [0] + ends.map { UInt32($0) })
    if code == .table { pad(to: 8) }
    bytes.append(packed.span.raw)
    return Record(code, rank: 1, offset: start - base, count: ends.count)
  }
}

extension Tbl.Builder {
  /// Sets `key` to a value that was encoded.
  mutating func set(_ key: String, _ value: EncodedValue) {
    set(key) { writer in writer.write(value, key: key) }
  }

  /// Gives the table a vector of its own of values that were encoded.
  mutating func setVector(_ values: [EncodedValue]) {
    setOwnVector { writer in
      writer.writeValues(count: values.count, shape: nil, key: nil) { writer, index in
        writer.write(values[index], key: nil)
      }
    }
  }

  /// Makes the elements of an array the table's own vector.
  mutating func setOwnVector(of array: EncodedValue) {
    switch array {
    case .vector(let write): setOwnVector { writer in write(&writer, nil) }
    case .table(let table):
      // Values of several types are the own vector of a table already.
      table.withTrustedView { view throws(TblError) in try setVector(.asItIs, of: view) }
    default: preconditionFailure("no array")
    }
  }

  /// A document of one value: a table itself; a vector as the own vector; anything else as the only
  /// element of an own vector of values.
  static func document(of value: EncodedValue) throws(TblError) -> Tbl {
    var builder = Tbl.Builder()
    switch value {
    case .table(let table): return table
    case .vector(let write): builder.setOwnVector { writer in write(&writer, nil) }
    default: builder.setVector([value])
    }
    return try (consume builder).finish()
  }
}
