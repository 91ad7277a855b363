extension Tbl {
  /// What a value is, or what the elements of a vector are.
  ///
  /// The high digit of a number's code is its kind (1 signed, 2 unsigned, 3 floating point), the
  /// low digit the binary logarithm of its width in bytes. In a record, a vector of a type has the
  /// type's code with the highest bit set.
  ///
  /// **Concurrency.** An immutable value.
  public struct TypeCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The code as documents hold it.
    public let rawValue: UInt8

    /// The type with this code, or nil when there is none.
    @inline(__always)
    public init?(rawValue: UInt8) {
      // One bit for each code below 64, of which these are in use.
      let known: UInt64 = 0x000E_000F_000F_00F3
      guard rawValue < 64, known &>> UInt64(rawValue) & 1 == 1 else { return nil }
      self.rawValue = rawValue
    }

    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// No value.
    public static var none: TypeCode { TypeCode(0x00) }
    /// `false` or `true`; one byte, 0 or 1.
    public static var bool: TypeCode { TypeCode(0x01) }
    /// UTF-8 text of any length.
    public static var string: TypeCode { TypeCode(0x04) }
    /// Bytes of any length.
    public static var bytes: TypeCode { TypeCode(0x05) }
    /// A whole document, embedded.
    public static var table: TypeCode { TypeCode(0x06) }
    /// A value of any type; stands only for the elements of a table's own vector.
    public static var value: TypeCode { TypeCode(0x07) }
    /// A signed 8-bit integer.
    public static var int8: TypeCode { TypeCode(0x10) }
    /// A signed 16-bit integer.
    public static var int16: TypeCode { TypeCode(0x11) }
    /// A signed 32-bit integer.
    public static var int32: TypeCode { TypeCode(0x12) }
    /// A signed 64-bit integer.
    public static var int64: TypeCode { TypeCode(0x13) }
    /// An unsigned 8-bit integer.
    public static var uint8: TypeCode { TypeCode(0x20) }
    /// An unsigned 16-bit integer.
    public static var uint16: TypeCode { TypeCode(0x21) }
    /// An unsigned 32-bit integer.
    public static var uint32: TypeCode { TypeCode(0x22) }
    /// An unsigned 64-bit integer.
    public static var uint64: TypeCode { TypeCode(0x23) }
    /// An IEEE 754 binary16 number.
    public static var float16: TypeCode { TypeCode(0x31) }
    /// An IEEE 754 binary32 number.
    public static var float32: TypeCode { TypeCode(0x32) }
    /// An IEEE 754 binary64 number.
    public static var float64: TypeCode { TypeCode(0x33) }

    /// How a number is read.
    enum Kind: UInt8 { case signed = 1, unsigned, floating }

    /// The kind of a number; nil for everything else.
    @inline(__always)
    var kind: Kind? { Kind(rawValue: rawValue &>> 4) }

    /// Bits of a number.
    @inline(__always)
    var bitWidth: UInt64 { 8 &<< UInt64(rawValue & 0x3) }

    /// Bytes of a number or a bool as an element of a vector; nil for everything else.
    package var width: Int? { self == .value ? nil : strideBytes }

    /// Bytes from one element of a vector to the next; nil where elements vary in length.
    var strideBytes: Int? {
      switch self {
      case .none, .string, .bytes, .table: nil
      case .bool: 1
      case .value: Layout.elementBytes
      default: Int(bitWidth / 8)
      }
    }

    /// The short name used in descriptions.
    public var name: String {
      switch self {
      case .none: "nil"
      case .bool: "bool"
      case .string: "string"
      case .bytes: "bytes"
      case .table: "table"
      case .value: "value"
      default:
        switch kind {
        case .signed: "i\(bitWidth)"
        case .unsigned: "u\(bitWidth)"
        default: "f\(bitWidth)"
        }
      }
    }
  }
}
