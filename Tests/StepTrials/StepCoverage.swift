import SharedMemory
import TestSupport

/// Every kind of access to shared memory is a step: trials say nothing of what they pass over.
enum StepCoverage {
  /// Makes every kind of access to the file at `path`, which is a store's that nobody uses.
  ///
  /// - Throws: ``Failure`` for one that made another number of steps than it should.
  static func check(path: String) throws {
    let segment = try Segment.attach(path: path, writable: true)
    try withExtendedLifetime(segment) {
      let region = segment.region.region(at: 0, count: 4_096)
      try checkWords(region)
      try checkBytes(region)
    }
  }

  /// Makes `access`.
  ///
  /// - Throws: ``Failure`` where it makes another number of steps than `expected`.
  static func expect(
    _ expected: Int, _ name: String, _ access: () throws -> Void
  ) throws {
    var steps = 0
    try Steps.call({ steps += 1 }, during: access)
    try require(steps == expected, "\(name) makes \(steps) steps, not \(expected)")
  }

  private static func checkWords(_ region: SharedRegion) throws {
    let word = region.word(at: 2_048)
    let word32 = region.word32(at: 2_048)
    let accesses: [(String, () -> Void)] = [
      ("loadRelaxed", { _ = word.loadRelaxed() }),
      ("loadAcquiring", { _ = word.loadAcquiring() }),
      ("loadSequential", { _ = word.loadSequential() }),
      ("storeRelaxed", { word.storeRelaxed(1) }),
      ("storeReleasing", { word.storeReleasing(1) }),
      ("exchangeSequential", { word.exchangeSequential(1) }),
      ("compareExchange", { _ = word.compareExchange(1, 2) }),
      ("addRelaxed", { word.addRelaxed(1) }),
      ("addReleasing", { word.addReleasing(1) }),
      ("setBits", { word.setBits(1) }),
      ("loadRelaxed of 32 bits", { _ = word32.loadRelaxed() }),
      ("loadSequential of 32 bits", { _ = word32.loadSequential() }),
      ("storeRelaxed of 32 bits", { word32.storeRelaxed(1) }),
      ("compareExchange of 32 bits", { _ = word32.compareExchange(1, 2) }),
      ("setBits of 32 bits", { word32.setBits(1) }),
      ("add of 32 bits", { word32.add(1) }),
      ("an acquiring fence", { Fence.acquire() }),
      ("a releasing fence", { Fence.release() }),
      ("a sequential fence", { Fence.sequential() }),
    ]
    for (name, access) in accesses { try expect(1, name, access) }
  }

  private static func checkBytes(_ region: SharedRegion) throws {
    let bytes = [UInt8](repeating: 1, count: 40)
    try expect(2, "write") { region.write(bytes.rawSpan, at: 2_048) }
    try expect(2, "equals") {
      try require(region.equals(bytes.rawSpan, at: 2_048), "what was written is not there")
    }
    try expect(2, "bytes") {
      try require(region.bytes(at: 2_048, count: 40) == bytes, "what was written is not there")
    }
    try expect(2, "copy") {
      var copy = [UInt8](repeating: 0, count: 40)
      copy.withMutableBytes { region.copy(at: 2_048, count: 40, into: &$0) }
      try require(copy == bytes, "what was written is not there")
    }
    try expect(1, "store") { region.store(UInt64(1), at: 2_048) }
    try expect(1, "load") { _ = region.load(at: 2_048, as: UInt64.self) }
    try expect(1, "withSpan") { region.withSpan(at: 2_048, count: 8) { _ in } }
    try expect(1, "clear") { region.clear(at: 2_048, count: 8) }
  }
}
