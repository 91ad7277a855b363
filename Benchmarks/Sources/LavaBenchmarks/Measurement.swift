/// The results of one workload's runs, printed as one line that a machine can read.
///
/// Fields, separated by tabs: system, workload, shape, at (a number and what it counts, or
/// `nowhere`), median, best, unit, runs, checksum. Less is better in every unit used. Without
/// values median and best are `full`: the store had no room for what the workload wanted.
struct Measurement {
  var system = "lava"
  var workload: String
  var shape: String
  var at = Self.nowhere
  var values: [Double]
  var unit: String
  var checksum: UInt64

  /// Where a workload is measured whose cost is looked at in one place only.
  static let nowhere = "-"
  /// Instead of a figure.
  static let full = "full"

  func report() {
    let figures =
      values.isEmpty
      ? [Self.full, Self.full]
      : [Self.median(values), values.min() ?? 0].map { Self.decimal($0, places: 2) }
    let fields =
      [system, workload, shape, at] + figures
      + [unit, "\(values.count)", String(checksum, radix: 16)]
    print(fields.joined(separator: "\t"))
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// A positive `value` with 0 to 9 decimals.
  static func decimal(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
