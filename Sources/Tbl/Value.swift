extension Tbl {
  /// A value copied out of a table, or on its way into one.
  ///
  /// Narrow numbers widen: all signed integers are `int`, all unsigned ones `uint`, all floating
  /// point numbers `double`; vectors of f16 and f32 are `floats`.
  ///
  /// **Concurrency.** An immutable value.
  public enum Value: Sendable, Hashable {
    /// No value.
    case none
    /// A truth value.
    case bool(Bool)
    /// A signed integer.
    case int(Int64)
    /// An unsigned integer.
    case uint(UInt64)
    /// A floating point number.
    case double(Double)
    /// Text.
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A table.
    case table(Tbl)
    /// A vector of truth values.
    case bools([Bool])
    /// A vector of signed integers.
    case ints([Int64])
    /// A vector of unsigned integers.
    case uints([UInt64])
    /// A vector of doubles.
    case doubles([Double])
    /// A vector of floats.
    case floats([Float])
    /// A vector of texts.
    case strings([String])
    /// A vector whose elements are bytes.
    case byteStrings([[UInt8]])
    /// A vector of tables.
    case tables([Tbl])
    /// A vector of values of any type. In a map, a table with this as its own vector stands for it.
    case values([Value])
  }
}

extension Tbl.Field {
  /// The value, copied out.
  ///
  /// - Throws: `TblError` when it is damaged.
  /// - Complexity: O(bytes of the value).
  public func value() throws(TblError) -> Tbl.Value {
    guard !isVector else { return try vectorValue() }
    switch type {
    case .none, .value: return .none
    case .bool: return .bool(record.payload == 1)
    case .string: return .string(try string() ?? "")
    case .bytes: return .bytes(try bytes()?.copied(as: UInt8.self) ?? [])
    case .table:
      return .table(try Tbl(copying: owner.child(record.offset, record.count, place: place)))
    default:
      switch type.kind {
      case .signed: return .int(Int64(bitPattern: record.payload))
      case .unsigned: return .uint(record.payload)
      default: return .double(record.floating ?? .nan)
      }
    }
  }

  private func vectorValue() throws(TblError) -> Tbl.Value {
    switch type {
    case .none, .value: return .values(try values())
    case .bool: return .bools(try bools() ?? [])
    case .string: return .strings(try strings() ?? [])
    case .bytes: return .byteStrings(try byteStrings() ?? [])
    case .table: return .tables(try tables() ?? [])
    case .float16, .float32: return .floats(try floats() ?? [])
    case .float64: return .doubles(try doubles() ?? [])
    default:
      return type.kind == .signed ? .ints(try ints() ?? []) : .uints(try uints() ?? [])
    }
  }

  /// The elements of a vector of values. Elements of an unknown document may share bytes, which
  /// validation refuses; without it the copies could outgrow the document without bound.
  private func values() throws(TblError) -> [Tbl.Value] {
    try owner.validate()
    var result: [Tbl.Value] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      if let element = try value(at: index) { result.append(try element.value()) }
    }
    return result
  }
}
