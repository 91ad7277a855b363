/// How busy the machine was between two samples. What cannot be known is not a number: a rate of
/// something that was not there before, or whose counter was set back.
struct SystemRates: Hashable, Sendable {
  /// Rates of one kind for each of several devices.
  struct Traffic: Hashable, Sendable {
    /// Names of the devices.
    var names: [String] = []
    /// Bytes a second that came in: read from a disk, received from a network.
    var incoming: [Float] = []
    /// Bytes a second that went out: written to a disk, sent to a network.
    var outgoing: [Float] = []

    mutating func append(_ name: String, incoming: Double, outgoing: Double) {
      names.append(name)
      self.incoming.append(Float(incoming))
      self.outgoing.append(Float(outgoing))
    }
  }

  /// Processes, busiest first.
  struct Processes: Hashable, Sendable {
    /// Their numbers.
    var pids: [UInt32] = []
    /// Their names.
    var names: [String] = []
    /// Share of one core that each used, in percent; above 100 where it used several.
    var shares: [Float] = []
    /// Memory that each holds, in bytes.
    var memoryBytes: [UInt64] = []
  }

  /// Number of the later sample's tick.
  var cycle: UInt64
  /// Number of the earlier sample's tick.
  var previousCycle: UInt64
  /// Nanoseconds of the monotonic clock at the later sample.
  var time: UInt64
  /// Nanoseconds since the Unix epoch at the later sample.
  var wallTime: UInt64
  /// Seconds between the samples, above 0.
  var seconds: Double
  /// Numbers of the cores.
  var cores: [UInt32] = []
  /// Share of its time that each core was busy, in percent.
  var busy: [Float] = []
  /// Memory at the later sample.
  var memory: MemoryCounters
  /// Disks.
  var disks = Traffic()
  /// Network interfaces.
  var network = Traffic()
  /// The busiest processes.
  var processes = Processes()
}

extension SystemRates {
  /// Derives rates from a sample and its predecessor.
  ///
  /// - Returns: `nil` when the sample has no predecessor, or one that is not earlier.
  /// - Complexity: O(cores + devices + processes), squared for devices, which are few.
  init?(_ sample: SystemSample) {
    guard let before = sample.before, sample.now.time > before.time,
      sample.now.cycle > before.cycle
    else { return nil }
    let now = sample.now
    cycle = now.cycle
    previousCycle = before.cycle
    time = now.time
    wallTime = now.wallTime
    seconds = Double(now.time - before.time) / 1e9
    memory = now.memory
    deriveCores(now.cores, before.cores)
    deriveDisks(now.disks, before.disks)
    deriveNetwork(now.network, before.network)
    deriveProcesses(now.processes, before.processes, ticksPerSecond: sample.ticksPerSecond)
  }

  private mutating func deriveCores(_ now: CoreTicks, _ before: CoreTicks) {
    cores = now.cores
    busy = now.cores.indices.map { index in
      guard let earlier = before.cores.firstIndex(of: now.cores[index]) else { return .nan }
      // Kernels now and then set single states back by a tick or so, above all idle and waiting.
      let passed = zip(now.ticks(ofCoreAt: index), before.ticks(ofCoreAt: earlier)).map {
        Double($0 - min($0, $1))
      }
      let all = passed.reduce(0, +)
      let resting = passed[CoreTicks.idle] + passed[CoreTicks.ioWait]
      return all > 0 ? Float(100 * (all - resting) / all) : .nan
    }
  }

  private mutating func deriveDisks(_ now: DiskCounters, _ before: DiskCounters) {
    for (index, name) in now.names.enumerated() {
      let earlier = before.names.firstIndex(of: name)
      let sectorBytes = Double(DiskCounters.sectorBytes)
      disks.append(
        name,
        incoming: sectorBytes
          * rate(now.readSectors[index], earlier.map { before.readSectors[$0] }),
        outgoing: sectorBytes
          * rate(now.writtenSectors[index], earlier.map { before.writtenSectors[$0] }))
    }
  }

  private mutating func deriveNetwork(_ now: NetworkCounters, _ before: NetworkCounters) {
    for (index, name) in now.names.enumerated() {
      let earlier = before.names.firstIndex(of: name)
      network.append(
        name,
        incoming: rate(now.receivedBytes[index], earlier.map { before.receivedBytes[$0] }),
        outgoing: rate(now.sentBytes[index], earlier.map { before.sentBytes[$0] }))
    }
  }

  private mutating func deriveProcesses(
    _ now: ProcessCounters, _ before: ProcessCounters, ticksPerSecond: UInt64
  ) {
    let shares = now.pids.indices.map { index in
      // One that was not there before has used what it used since it started.
      let earlier = before.pids.firstIndex(of: now.pids[index]).flatMap { place in
        before.startTimes[place] == now.startTimes[index] ? before.ticks[place] : nil
      }
      let ticks = now.ticks[index] - min(now.ticks[index], earlier ?? 0)
      let share = 100 * Double(ticks) / (seconds * Double(ticksPerSecond))
      return Float(min(share, 100 * Double(max(1, cores.count))))
    }
    let order = shares.indices.sorted { left, right in
      (shares[left], now.memoryBytes[left], right) > (shares[right], now.memoryBytes[right], left)
    }
    processes = Processes(
      pids: order.map { now.pids[$0] }, names: order.map { now.names[$0] },
      shares: order.map { shares[$0] }, memoryBytes: order.map { now.memoryBytes[$0] })
  }

  private func rate(_ now: UInt64, _ before: UInt64?) -> Double {
    guard let before, let difference = Self.difference(now, before) else { return .nan }
    return Double(difference) / seconds
  }

  /// How far a counter came.
  ///
  /// - Returns: `nil` when it was set back: the device was replaced by another of its name. A
  ///   counter of 32 bits that began anew right at its end went on.
  static func difference(_ now: UInt64, _ before: UInt64) -> UInt64? {
    if now >= before { return now - before }
    let past = UInt64(UInt32.max) + 1 - min(before, UInt64(UInt32.max)) + now
    return before <= UInt64(UInt32.max) && past < 1 << 28 ? past : nil
  }
}
