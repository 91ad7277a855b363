import CBenchmark
import SimDB

/// One side of messages that go there and back.
struct RoundTrip<Kind: Link & ~Copyable>: ~Copyable {
  private var outward: Kind
  private var inward: Kind
  private let isPolling: Bool

  init(outward: consuming Kind, inward: consuming Kind, isPolling: Bool) {
    self.outward = outward
    self.inward = inward
    self.isPolling = isPolling
  }

  /// Sends and measures as side 0, which leaves the quantiles, or sends back as side 1.
  ///
  /// - Returns: The sum of the numbers that came back.
  mutating func play(_ side: Int, trips: UInt64, warmUp: UInt64) throws(StoreError) -> UInt64 {
    var samples: [UInt32] = []
    samples.reserveCapacity(Int(trips))
    var sum: UInt64 = 0
    for trip in 0..<warmUp + trips {
      if side == 1 {
        try outward.send(receive())
        continue
      }
      // What is sent before the clock counts has no number that does.
      let number = trip < warmUp ? 0 : trip - warmUp
      let start = bench_now()
      try outward.send(number)
      let received = try receive()
      let elapsed = bench_now() - start
      sum &+= received
      if trip >= warmUp { samples.append(UInt32(clamping: elapsed)) }
    }
    if side == 0 { Quantiles(of: samples).leave() }
    return sum
  }

  private mutating func receive() throws(StoreError) -> UInt64 {
    guard isPolling else { return try inward.receiveAsleep() }
    while true {
      if let number = try inward.receive() { return number }
      bench_relax()
    }
  }
}
