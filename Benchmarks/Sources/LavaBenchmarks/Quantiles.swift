/// The three quantiles that latencies are told by.
struct Quantiles {
  static let names = ["p50", "p99", "p99.9"]
  private static let fractions = [0.5, 0.99, 0.999]

  /// Their values, in nanoseconds.
  let values: [UInt64]

  init(of samples: [UInt32]) {
    let sorted = samples.sorted()
    values = Self.fractions.map { fraction in
      UInt64(sorted[Int(fraction * Double(sorted.count - 1) + 0.5)])
    }
  }

  /// Leaves them as what the first worker has found.
  func leave() {
    for (slot, value) in zip(Participants.Slot.latencies, values) { slot.leave(value, worker: 0) }
  }
}
