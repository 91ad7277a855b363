/// A number that stands in text: an integer of 64 bits as it is, any other as the nearest double.
enum DecimalNumber {
  case signed(Int64)
  case unsigned(UInt64)
  case double(Double)

  /// Why text is no number.
  enum Failure: Error {
    /// Digits belong where it stopped.
    case noDigits
    case leadingZero
    /// It is beyond all doubles.
    case outOfRange
  }

  /// Reads a number as RFC 8259 writes them.
  ///
  /// - Parameter offset: Where it begins; where it ends, or stopped being one, afterwards.
  init(_ bytes: [UInt8], from offset: inout Int) throws(Failure) {
    let start = offset
    let isNegative = Self.take("-", bytes, &offset)
    // Of the digits, as long as they fit.
    var digits = Digits()
    let integerStart = offset
    try digits.take(bytes, &offset)
    guard bytes[integerStart] != UInt8(ascii: "0") || offset == integerStart + 1 else {
      throw .leadingZero
    }
    var exponent = 0
    var isInteger = true
    if Self.take(".", bytes, &offset) {
      isInteger = false
      let fraction = offset
      try digits.take(bytes, &offset)
      exponent = fraction - offset
    }
    if Self.take("e", bytes, &offset) || Self.take("E", bytes, &offset) {
      isInteger = false
      let isBelow = Self.take("-", bytes, &offset)
      if !isBelow { _ = Self.take("+", bytes, &offset) }
      var power = Digits()
      try power.take(bytes, &offset)
      // What is beyond has no exact form below.
      let most = power.fit ? Int(min(power.number, 100_000)) : 100_000
      exponent += isBelow ? -most : most
    }
    if isInteger, digits.fit, let integer = Self.integer(digits.number, isNegative) {
      self = integer
      return
    }
    if digits.fit, let exact = Self.exact(digits.number, exponent) {
      self = .double(isNegative ? -exact : exact)
      return
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard let nearest = Double(text), nearest.isFinite else { throw .outOfRange }
    self = .double(nearest)
  }

  @inline(__always)
  private static func take(_ scalar: UnicodeScalar, _ bytes: [UInt8], _ offset: inout Int) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: scalar) else { return false }
    offset += 1
    return true
  }

  /// Digits one behind the other, as the number that they are.
  private struct Digits {
    var number: UInt64 = 0
    /// Whether 64 bits hold it.
    var fit = true

    /// Takes one digit or more.
    @inline(__always)
    mutating func take(_ bytes: [UInt8], _ offset: inout Int) throws(Failure) {
      let start = offset
      while offset < bytes.count {
        let digit = bytes[offset] &- UInt8(ascii: "0")
        guard digit <= 9 else { break }
        let (tens, isOver) = number.multipliedReportingOverflow(by: 10)
        let (sum, isMore) = tens.addingReportingOverflow(UInt64(digit))
        if isOver || isMore { fit = false }
        number = sum
        offset += 1
      }
      guard offset > start else { throw .noDigits }
    }
  }

  private static func integer(_ digits: UInt64, _ isNegative: Bool) -> DecimalNumber? {
    guard isNegative else {
      return digits <= UInt64(Int64.max) ? .signed(Int64(digits)) : .unsigned(digits)
    }
    if digits == UInt64(Int64.max) + 1 { return .signed(.min) }
    // There is no integer of minus 0.
    return digits <= UInt64(Int64.max) && digits > 0 ? .signed(-Int64(digits)) : nil
  }

  /// Powers of ten that a double holds exactly.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// `digits` by a power of ten, where both are exact and one rounding makes the nearest double.
  ///
  /// - SeeAlso: Clinger (1990), doi:10.1145/93548.93557.
  private static func exact(_ digits: UInt64, _ exponent: Int) -> Double? {
    guard digits <= 1 << 53, abs(exponent) < powers.count else { return nil }
    return exponent < 0
      ? Double(digits) / powers[-exponent] : Double(digits) * powers[exponent]
  }
}
