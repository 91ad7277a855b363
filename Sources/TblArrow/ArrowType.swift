import Tbl

/// A type of Arrow that has a place in a document.
///
/// The numbers of the cases are those of the union `Type` in the format's `Schema.fbs`.
enum ArrowType: Hashable {
  case null
  case int(bits: Int, signed: Bool)
  case float(bits: Int)
  case bool
  case utf8(large: Bool)
  case binary(large: Bool)
  case fixedSizeBinary(Int)
  case fixedSizeList(Int)
  case structure
  case date(TimeUnit)
  case time(TimeUnit)
  case timestamp(TimeUnit, zone: String)
  case duration(TimeUnit)

  /// What an integer counts.
  enum TimeUnit: String, Hashable {
    case day
    case second = "s"
    case millisecond = "ms"
    case microsecond = "us"
    case nanosecond = "ns"

    /// The number of the enumeration `TimeUnit` of the format; nil for days.
    var code: Int16? {
      switch self {
      case .day: nil
      case .second: 0
      case .millisecond: 1
      case .microsecond: 2
      case .nanosecond: 3
      }
    }

    init?(code: Int16) {
      switch code {
      case 0: self = .second
      case 1: self = .millisecond
      case 2: self = .microsecond
      case 3: self = .nanosecond
      default: return nil
      }
    }
  }

  /// Bytes of a time zone's name, at most.
  static let largestZone = 256

  /// How the elements of a vector are stored that holds such values; nil where there is no vector.
  var element: Tbl.TypeCode? {
    switch self {
    case .null, .fixedSizeList, .structure: nil
    case .bool: .bool
    case .utf8: .string
    case .binary, .fixedSizeBinary: .bytes
    case .float(let bits): bits == 16 ? .float16 : bits == 32 ? .float32 : .float64
    case .int(let bits, let signed):
      switch bits {
      case 8: signed ? .int8 : .uint8
      case 16: signed ? .int16 : .uint16
      case 32: signed ? .int32 : .uint32
      default: signed ? .int64 : .uint64
      }
    case .date(let unit): unit == .day ? .int32 : .int64
    case .time(let unit): unit == .second || unit == .millisecond ? .int32 : .int64
    case .timestamp, .duration: .int64
    }
  }

  /// Bytes of one element, where all have as many.
  var strideBytes: Int? { element?.width }

  /// What the table of a column says of a type that is stored as integers: kind, unit, zone.
  var time: (kind: String, unit: TimeUnit, zone: String)? {
    switch self {
    case .date(let unit): ("date", unit, "")
    case .time(let unit): ("time", unit, "")
    case .timestamp(let unit, let zone): ("timestamp", unit, zone)
    case .duration(let unit): ("duration", unit, "")
    default: nil
    }
  }

  /// The type of a kind and a unit; nil when there is none.
  init?(kind: String, unit: String, zone: String) {
    guard let unit = TimeUnit(rawValue: unit) else { return nil }
    switch (kind, unit) {
    case ("date", .day), ("date", .millisecond): self = .date(unit)
    case (_, .day): return nil
    case ("time", _): self = .time(unit)
    case ("timestamp", _): self = .timestamp(unit, zone: zone)
    case ("duration", _): self = .duration(unit)
    default: return nil
    }
  }

  /// The type of elements that need nothing else to be understood; nil when there is none.
  init?(element: Tbl.TypeCode) {
    switch element {
    case .bool: self = .bool
    case .string: self = .utf8(large: false)
    case .bytes: self = .binary(large: false)
    case .int8: self = .int(bits: 8, signed: true)
    case .int16: self = .int(bits: 16, signed: true)
    case .int32: self = .int(bits: 32, signed: true)
    case .int64: self = .int(bits: 64, signed: true)
    case .uint8: self = .int(bits: 8, signed: false)
    case .uint16: self = .int(bits: 16, signed: false)
    case .uint32: self = .int(bits: 32, signed: false)
    case .uint64: self = .int(bits: 64, signed: false)
    case .float16: self = .float(bits: 16)
    case .float32: self = .float(bits: 32)
    case .float64: self = .float(bits: 64)
    default: return nil
    }
  }

  /// The number in the union, and the slots of its table.
  var flat: (code: UInt8, slots: [FlatNode?]) {
    switch self {
    case .null: (1, [])
    case .int(let bits, let signed): (2, [.int(Int32(bits)), .bool(signed)])
    case .float(let bits): (3, [.short(bits == 16 ? 0 : bits == 32 ? 1 : 2)])
    case .binary(let large): (large ? 19 : 4, [])
    case .utf8(let large): (large ? 20 : 5, [])
    case .bool: (6, [])
    case .date(let unit): (8, [.short(unit == .day ? 0 : 1)])
    case .time(let unit):
      (9, [.short(unit.code ?? 0), .int(element == .int32 ? 32 : 64)])
    case .timestamp(let unit, let zone):
      (10, [.short(unit.code ?? 0), zone.isEmpty ? nil : .string(zone)])
    case .structure: (13, [])
    case .fixedSizeBinary(let width): (15, [.int(Int32(width))])
    case .fixedSizeList(let size): (16, [.int(Int32(size))])
    case .duration(let unit): (18, [.short(unit.code ?? 0)])
    }
  }

  /// Reads a type.
  ///
  /// - Parameters:
  ///   - code: Its number in the union.
  ///   - table: What the schema says of it.
  ///   - column: The column's name, for errors.
  init(code: UInt8, _ table: FlatTable, column: String) throws(ArrowError) {
    func unit(default value: Int16) throws(ArrowError) -> TimeUnit {
      let code = try table.number(0, default: value)
      guard let unit = TimeUnit(code: code) else {
        throw ArrowError(.corrupt, column: column, "no unit of time has the number \(code)")
      }
      return unit
    }
    func size(_ what: String) throws(ArrowError) -> Int {
      let size = try table.number(0, default: Int32(0))
      guard size >= 0 else { throw ArrowError(.corrupt, column: column, "\(what) of \(size)") }
      return Int(size)
    }
    switch code {
    case 1: self = .null
    case 2:
      let bits = try table.number(0, default: Int32(0))
      guard [8, 16, 32, 64].contains(bits) else {
        throw ArrowError(.unsupported, column: column, "integers of \(bits) bits")
      }
      self = .int(bits: Int(bits), signed: try table.bool(1))
    case 3:
      let precision = try table.number(0, default: Int16(0))
      guard (0...2).contains(precision) else {
        throw ArrowError(.corrupt, column: column, "no precision has the number \(precision)")
      }
      self = .float(bits: 16 << Int(precision))
    case 4, 19: self = .binary(large: code == 19)
    case 5, 20: self = .utf8(large: code == 20)
    case 6: self = .bool
    case 8: self = .date(try table.number(0, default: Int16(1)) == 0 ? .day : .millisecond)
    case 9: self = .time(try unit(default: 1))
    case 10:
      let zone = try table.string(1, limit: Self.largestZone) ?? ""
      self = .timestamp(try unit(default: 0), zone: zone)
    case 13: self = .structure
    case 15: self = .fixedSizeBinary(try size("byte strings"))
    case 16: self = .fixedSizeList(try size("lists"))
    case 18: self = .duration(try unit(default: 1))
    default:
      let name = Self.otherNames[code] ?? "number \(code)"
      throw ArrowError(.unsupported, column: column, "the type \(name)")
    }
  }

  /// Types without a place in a document.
  private static let otherNames: [UInt8: String] = [
    7: "Decimal", 11: "Interval", 12: "List", 14: "Union", 17: "Map", 21: "LargeList",
    22: "RunEndEncoded", 23: "BinaryView", 24: "Utf8View", 25: "ListView", 26: "LargeListView",
  ]
}
