import ArgumentParser

/// A length of time such as `500ms`, `10s`, `2m`, `1h`; a bare number is seconds.
struct DurationArgument: ExpressibleByArgument, Hashable {
  let nanoseconds: UInt64

  init?(argument: String) {
    let units: [(suffix: String, nanoseconds: Double)] = [
      ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12), ("", 1e9),
    ]
    for unit in units where argument.hasSuffix(unit.suffix) {
      guard let number = Double(argument.dropLast(unit.suffix.count)), number >= 0,
        number * unit.nanoseconds < 1e18
      else { continue }
      nanoseconds = UInt64(number * unit.nanoseconds)
      return
    }
    return nil
  }
}

extension UInt64 {
  /// So many nanoseconds as people say them: in the greatest unit of which they are a whole number.
  var nanosecondsText: String {
    let units: [(name: String, nanoseconds: UInt64)] = [
      ("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000),
      ("ms", 1_000_000), ("µs", 1_000),
    ]
    let unit = units.first { self > 0 && isMultiple(of: $0.nanoseconds) }
    return unit.map { "\(self / $0.nanoseconds) \($0.name)" } ?? "\(self) ns"
  }
}
