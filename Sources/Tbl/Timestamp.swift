extension Tbl {
  /// A point in time as documents hold it: an i64 of nanoseconds since 1970 in UTC, without leap
  /// seconds. It reaches from 1677 to 2262.
  ///
  /// As any Codable value of one number it becomes that number, and an array of them a vector.
  ///
  /// **Concurrency.** An immutable value, unless it is a variable's.
  public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    /// The point that many nanoseconds after the beginning of 1970.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Decodes the number.
    ///
    /// - Throws: What the decoder throws when it finds no integer of 64 bits.
    public init(from decoder: any Swift.Decoder) throws {
      nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Encodes the number.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Swift.Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(nanoseconds)
    }

    /// Whether `one` is earlier than `other`.
    public static func < (one: Timestamp, other: Timestamp) -> Bool {
      one.nanoseconds < other.nanoseconds
    }
  }
}

extension Tbl.Timestamp: CustomStringConvertible {
  /// The time in UTC as RFC 3339 writes it, with nine digits behind the second.
  public var description: String {
    let (second, fraction) = nanoseconds.flooredDivision(by: 1_000_000_000)
    let (day, secondOfDay) = second.flooredDivision(by: 86_400)
    let (year, month, dayOfMonth) = Self.date(day)
    return Self.digits(year, 4) + "-" + Self.digits(month, 2) + "-" + Self.digits(dayOfMonth, 2)
      + "T" + Self.digits(secondOfDay / 3_600, 2) + ":" + Self.digits(secondOfDay / 60 % 60, 2)
      + ":" + Self.digits(secondOfDay % 60, 2) + "." + Self.digits(fraction, 9) + "Z"
  }

  /// The date of a day, counted from 1970 on.
  ///
  /// - SeeAlso: Neri, Schneider (2023), "Euclidean affine functions and their application to
  ///   calendar algorithms", doi:10.1002/spe.3172; years begin in March, so that the leap day is
  ///   the last.
  private static func date(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let daysOf400Years: Int64 = 146_097
    let (era, dayOfEra) = (day + 719_468).flooredDivision(by: daysOf400Years)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / (daysOf400Years - 1)) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    return (
      era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1
    )
  }

  private static func digits(_ number: Int64, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}

extension Int64 {
  /// Quotient and remainder, of which the latter is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension Tbl.Builder {
  /// Sets `key` to a point in time, which is an i64.
  public mutating func set(_ key: String, _ time: Tbl.Timestamp) {
    set(key, time.nanoseconds)
  }
}

extension Tbl.Field {
  /// The point in time, when this is an integer.
  public var timestamp: Tbl.Timestamp? { int.map(Tbl.Timestamp.init(nanoseconds:)) }
}

extension Tbl.View {
  /// The point in time of `key`, when it is an integer.
  ///
  /// - Throws: `TblError` when what the lookup touches is damaged.
  /// - Complexity: O(length of the key); no allocation.
  public func timestamp(_ key: String) throws(TblError) -> Tbl.Timestamp? {
    try int(key).map(Tbl.Timestamp.init(nanoseconds:))
  }
}

extension Tbl {
  /// The point in time of `key`, when it is an integer.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func timestamp(_ key: String) -> Timestamp? {
    int(key).map(Timestamp.init(nanoseconds:))
  }
}
