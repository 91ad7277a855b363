/// A type of number that a stored number can be asked to become.
protocol ExactNumber: Tbl.Scalar {
  /// The number of `record`, or nil when it is none, or none that is exactly of this type.
  init?(exactly record: Record)
}

extension ExactNumber where Self: SignedInteger & FixedWidthInteger {
  @inline(__always)
  init?(exactly record: Record) {
    guard let int = record.int else { return nil }
    self.init(exactly: int)
  }
}

extension ExactNumber where Self: UnsignedInteger & FixedWidthInteger {
  @inline(__always)
  init?(exactly record: Record) {
    guard let uint = record.uint else { return nil }
    self.init(exactly: uint)
  }
}

extension Int8: ExactNumber {}
extension Int16: ExactNumber {}
extension Int32: ExactNumber {}
extension Int64: ExactNumber {}
extension Int: ExactNumber {}
extension UInt8: ExactNumber {}
extension UInt16: ExactNumber {}
extension UInt32: ExactNumber {}
extension UInt64: ExactNumber {}
extension UInt: ExactNumber {}

extension Double: ExactNumber {
  init?(exactly record: Record) {
    guard let double = record.double else { return nil }
    self = double
  }
}

extension Float: ExactNumber {
  /// Integers that a float holds and a double does not are no numbers of either.
  init?(exactly record: Record) {
    guard let double = record.double else { return nil }
    // What is not a number is never equal to itself.
    if double.isNaN { self = Float(double) } else { self.init(exactly: double) }
  }
}

#if !(os(macOS) && arch(x86_64))
  extension Float16: ExactNumber {
    init?(exactly record: Record) {
      guard let float = Float(exactly: record) else { return nil }
      if float.isNaN { self = Float16(float) } else { self.init(exactly: float) }
    }
  }
#endif
