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
