/// A plain-old-data type that may lie in memory which several processes map, and whose bytes may be
/// a key or a value.
///
/// A conforming type is fixed-width fields only, of which every pattern of bits is a value: no
/// references, no `Int` whose width could differ, no `Bool` or enum, no padding that matters. Its
/// layout name and size are compared whenever a structure of such elements is attached, its size
/// whenever a value is got as one.
///
/// ```swift
/// struct Sample: SharedValue {
///   var time: UInt64
///   var axes: InlineArray<3, Float>
///   static var layoutName: String { "sensor.sample.1" }
/// }
/// ```
///
/// **Concurrency.** A value; whole in shared memory only where its structure says so.
public protocol SharedValue: BitwiseCopyable, Sendable, ByteSource {
  /// Identity of the layout, such as `sensor.sample.1`; change it with every change of a field.
  static var layoutName: String { get }
  /// The fields as ``SharedLayout`` writes them; found by reflection unless a type says otherwise.
  static var layoutFields: String { get }
}

extension SharedValue {
  /// `NAME` of a type without fields, else `NAME{LABEL:TYPE,...}`.
  public static var layoutFields: String { SharedLayout.reflectedFields(of: Self.self) }
}

extension UInt8: SharedValue {
  /// `u8`.
  public static var layoutName: String { "u8" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .u8 }
}

extension UInt16: SharedValue {
  /// `u16`.
  public static var layoutName: String { "u16" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .u16 }
}

extension UInt32: SharedValue {
  /// `u32`.
  public static var layoutName: String { "u32" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .u32 }
}

extension UInt64: SharedValue {
  /// `u64`.
  public static var layoutName: String { "u64" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .u64 }
}

extension Int8: SharedValue {
  /// `i8`.
  public static var layoutName: String { "i8" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .i8 }
}

extension Int16: SharedValue {
  /// `i16`.
  public static var layoutName: String { "i16" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .i16 }
}

extension Int32: SharedValue {
  /// `i32`.
  public static var layoutName: String { "i32" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .i32 }
}

extension Int64: SharedValue {
  /// `i64`.
  public static var layoutName: String { "i64" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .i64 }
}

extension Float: SharedValue {
  /// `f32`.
  public static var layoutName: String { "f32" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .f32 }
}

extension Double: SharedValue {
  /// `f64`.
  public static var layoutName: String { "f64" }
  /// The number's own type.
  @inlinable public static var usualType: TypeID { .f64 }
}

extension InlineArray: SharedValue, ByteSource where Element: SharedValue {
  /// The element's name and how many there are, such as `f32[3]`.
  public static var layoutName: String { "\(Element.layoutName)[\(count)]" }
  /// The element's fields and how many there are.
  public static var layoutFields: String { "\(Element.layoutFields)[\(count)]" }
}
