/// A plain-old-data type that may lie in memory which several processes map.
///
/// A conforming type is fixed-width fields only: no references, no `Int` whose width could differ,
/// no padding that matters. Its layout name and size are compared whenever a structure of such
/// elements is attached.
///
/// **Concurrency.** A value; whole in shared memory only where its structure says so.
public protocol SharedValue: BitwiseCopyable, Sendable {
  /// Identity of the layout, such as `sensor.sample.1`; change it with every change of a field.
  static var layoutName: String { get }
}

extension UInt64: SharedValue {
  /// `u64`.
  public static var layoutName: String { "u64" }
}

extension Int64: SharedValue {
  /// `i64`.
  public static var layoutName: String { "i64" }
}

extension Double: SharedValue {
  /// `f64`.
  public static var layoutName: String { "f64" }
}
