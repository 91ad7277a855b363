extension Tbl {
  /// A number that a tbl holds in place: the fixed-width integers, `Int`, `UInt` and the floating
  /// point types. The conformances here are the only ones.
  public protocol Scalar: BitwiseCopyable, Sendable {
    /// The code under which values of this type are stored.
    static var typeCode: TypeCode { get }

    /// The 64 bits that a record holds for this value: sign-extended, zero-extended or IEEE bits.
    var payload: UInt64 { get }

    /// The nearest double.
    var double: Double { get }

    /// What lies between `origin` and this, as the nearest double or nearly so.
    ///
    /// - Parameter origin: Beyond 2^53, where it is whole, this is the difference of integers.
    func difference(from origin: Double) -> Double
  }
}

extension Tbl.Scalar {
  /// What lies between `origin` and this, as the nearest double or nearly so.
  @inlinable public func difference(from origin: Double) -> Double { double - origin }
}

extension Tbl.Scalar where Self: FixedWidthInteger {
  /// What lies between `origin` and this, as the nearest double or nearly so.
  @inlinable
  public func difference(from origin: Double) -> Double {
    // Below that a double is as good; at the ends of the range it may be no number of this type.
    guard Self.bitWidth == 64, origin.magnitude >= 0x1p53,
      origin < (Self.isSigned ? 0x1p63 : 0x1p64), origin >= (Self.isSigned ? -0x1p63 : 0)
    else { return double - origin }
    let whole = Self(origin)
    let difference = Int64(truncatingIfNeeded: self &- whole)
    if (difference >= 0) == (self >= whole) { return Double(difference) }
    // It needs a bit more.
    return self >= whole
      ? Double(UInt64(truncatingIfNeeded: self &- whole))
      : -Double(UInt64(truncatingIfNeeded: whole &- self))
  }
}

extension Tbl.Scalar where Self: SignedInteger & FixedWidthInteger {
  /// The sign-extended value.
  public var payload: UInt64 { UInt64(bitPattern: Int64(self)) }

  /// The nearest double.
  @inlinable public var double: Double { Double(self) }
}

extension Tbl.Scalar where Self: UnsignedInteger & FixedWidthInteger {
  /// The zero-extended value.
  public var payload: UInt64 { UInt64(self) }

  /// The nearest double.
  @inlinable public var double: Double { Double(self) }
}

extension Int8: Tbl.Scalar {
  /// The code of i8.
  public static var typeCode: Tbl.TypeCode { .int8 }
}

extension Int16: Tbl.Scalar {
  /// The code of i16.
  public static var typeCode: Tbl.TypeCode { .int16 }
}

extension Int32: Tbl.Scalar {
  /// The code of i32.
  public static var typeCode: Tbl.TypeCode { .int32 }
}

extension Int64: Tbl.Scalar {
  /// The code of i64.
  public static var typeCode: Tbl.TypeCode { .int64 }
}

extension UInt8: Tbl.Scalar {
  /// The code of u8.
  public static var typeCode: Tbl.TypeCode { .uint8 }
}

extension UInt16: Tbl.Scalar {
  /// The code of u16.
  public static var typeCode: Tbl.TypeCode { .uint16 }
}

extension UInt32: Tbl.Scalar {
  /// The code of u32.
  public static var typeCode: Tbl.TypeCode { .uint32 }
}

extension UInt64: Tbl.Scalar {
  /// The code of u64.
  public static var typeCode: Tbl.TypeCode { .uint64 }
}

// `Int` and `UInt` have 64 bits on every platform that Lava runs on.

extension Int: Tbl.Scalar {
  /// The code of i64.
  public static var typeCode: Tbl.TypeCode { .int64 }
}

extension UInt: Tbl.Scalar {
  /// The code of u64.
  public static var typeCode: Tbl.TypeCode { .uint64 }
}

extension Float: Tbl.Scalar {
  /// The number itself.
  @inlinable public var double: Double { Double(self) }
  /// The code of f32.
  public static var typeCode: Tbl.TypeCode { .float32 }
  /// The IEEE bits.
  public var payload: UInt64 { UInt64(bitPattern) }
}

extension Double: Tbl.Scalar {
  /// The number itself.
  @inlinable public var double: Double { self }
  /// The code of f64.
  public static var typeCode: Tbl.TypeCode { .float64 }
  /// The IEEE bits.
  public var payload: UInt64 { bitPattern }
}

// Swift has no `Float16` on Intel Macs; reading widens to `Float` everywhere.
#if !(os(macOS) && arch(x86_64))
  extension Float16: Tbl.Scalar {
    /// The number itself.
    @inlinable public var double: Double { Double(self) }
    /// The code of f16.
    public static var typeCode: Tbl.TypeCode { .float16 }
    /// The IEEE bits.
    public var payload: UInt64 { UInt64(bitPattern) }
  }
#endif

extension Float {
  /// The number whose IEEE 754 binary16 bits are `bits`; exact.
  init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // Zero and subnormals: multiples of 2^-24.
      let magnitude = Float(fraction) * 0x1p-24
      self = Float(bitPattern: sign | magnitude.bitPattern)
    case 0x1F:  // Infinity and NaN keep their fraction.
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension Float {
  /// The IEEE 754 binary16 bits that are this number; nil where none are.
  var halfBits: UInt16? {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    let fraction = UInt16(truncatingIfNeeded: bitPattern >> 13) & 0x3FF
    if isNaN { return sign | 0x7E00 | fraction }
    let bits: UInt16
    switch magnitude {
    case ..<0x1p-14: bits = sign | UInt16(magnitude * 0x1p24)
    case ..<0x1p16:
      bits = sign | UInt16(truncatingIfNeeded: magnitude.bitPattern >> 13 - 112 << 10)
    default: bits = sign | 0x7C00
    }
    // What they leave out is seen on the way back.
    return Float(halfBits: bits) == self ? bits : nil
  }
}

extension FixedWidthInteger {
  /// The integer that equals `number`, or nil when there is none.
  ///
  /// The library's `init(exactly:)` is a call into the mathematics library.
  init?(whole number: Double) {
    guard number >= Double(Self.min),
      number < Double(sign: .plus, exponent: Self.width, significand: 1)
    else { return nil }
    self = Self(number)
    guard Double(self) == number else { return nil }
  }

  /// The binary logarithm of the least power of two above every value.
  private static var width: Int { bitWidth - (isSigned ? 1 : 0) }
}

// The library's `Double(exactly:)` is a call.

extension Int64 {
  /// The double that equals this; nil when there is none.
  @inline(__always)
  var exactDouble: Double? {
    let number = Double(self)
    return number < 0x1p63 && Int64(number) == self ? number : nil
  }
}

extension UInt64 {
  /// The double that equals this; nil when there is none.
  @inline(__always)
  var exactDouble: Double? {
    let number = Double(self)
    return number < 0x1p64 && UInt64(number) == self ? number : nil
  }
}
