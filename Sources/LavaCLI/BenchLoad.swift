import Foundation
import SimDB

/// What one thread does to a database while it is measured.
///
/// Every value opens with the number of its key, so that each read can be checked. Keys are numbers
/// mixed into 16 bytes.
struct BenchLoad {
  private let database: Database
  private let keys: UInt64
  private let valueBytes: Int
  private let worker: UInt64
  private let workers: UInt64
  private var random: UInt64
  private var wrong = 0

  /// Makes the load of one of `workers` threads.
  init(_ database: Database, _ settings: BenchSettings, worker: Int = 0) {
    self.database = database
    keys = UInt64(settings.keys)
    valueBytes = settings.valueBytes
    self.worker = UInt64(worker)
    workers = UInt64(settings.workers)
    random = UInt64(worker) &* 1_000_003
  }

  /// How often an operation was performed, how long that took, and how often its result was wrong.
  struct Outcome: Codable {
    var operations = 0
    var nanoseconds: UInt64 = 0
    var wrong = 0
  }

  /// Puts every key, unless `isStopped` says otherwise before.
  mutating func fill(until isStopped: () -> Bool) throws {
    var (keyBuffer, valueBuffer) = (Data(count: BenchSettings.keyBytes), Data(count: valueBytes))
    var key = keyBuffer.mutableBytes
    var value = valueBuffer.mutableBytes
    for number in 0..<keys {
      if number % 1_024 == 0, isStopped() { return }
      try put(number, &key, &value)
    }
  }

  /// Performs `operation` for a time, after a tenth of it that does not count.
  mutating func perform(
    _ operation: BenchOperation, nanoseconds: UInt64, until isStopped: () -> Bool
  ) throws -> Outcome {
    var (keyBuffer, valueBuffer) = (Data(count: BenchSettings.keyBytes), Data(count: valueBytes))
    var key = keyBuffer.mutableBytes
    var value = valueBuffer.mutableBytes
    // A look at the clock costs as much as a small operation; it is taken once for many.
    let batch = valueBytes > 16_384 && operation.copies ? 1 : 64
    var outcome = Outcome()
    for duration in [nanoseconds / 10, nanoseconds] {
      outcome = Outcome()
      let begun = SystemClock.monotonicNanoseconds
      while outcome.nanoseconds < duration, !isStopped() {
        for _ in 0..<batch { try perform(operation, &key, &value) }
        outcome.operations += batch
        outcome.nanoseconds = SystemClock.monotonicNanoseconds - begun
      }
    }
    outcome.wrong = wrong
    return outcome
  }

  private mutating func perform(
    _ operation: BenchOperation, _ key: inout MutableRawSpan, _ value: inout MutableRawSpan
  ) throws {
    switch operation {
    case .get:
      let number = anyNumber()
      Self.fill(&key, with: number)
      let length = try database.get(key.bytes, into: &value)
      expect(length == valueBytes && value.bytes.number == number)
    case .getInPlace:
      let number = anyNumber()
      Self.fill(&key, with: number)
      let found = try database.withValue(key.bytes) { value, _ in value.number }
      expect(found == number)
    case .getAbsent:
      Self.fill(&key, with: anyNumber() + 1 << 40)
      expect(try database.get(key.bytes, into: &value) == nil)
    case .putOver: try put(anyNumber(), &key, &value)
    case .deleteInsert:
      // Each worker has keys of its own, and must find the one that it takes away.
      let number = below(keys / workers) * workers + worker
      Self.fill(&key, with: number)
      expect(try database.delete(key.bytes))
      try put(number, &key, &value)
    case .nothing:
      Self.fill(&key, with: anyNumber())
      expect(key.bytes.byteCount == BenchSettings.keyBytes)
    }
  }

  private func put(
    _ number: UInt64, _ key: inout MutableRawSpan, _ value: inout MutableRawSpan
  ) throws {
    Self.fill(&key, with: number)
    value.storeBytes(of: number, as: UInt64.self)
    try database.put(key.bytes, value.bytes)
  }

  private mutating func expect(_ holds: Bool) {
    if !holds { wrong += 1 }
  }

  // MARK: Keys

  private static func fill(_ key: inout MutableRawSpan, with number: UInt64) {
    key.storeBytes(of: mixed(number &* 2), as: UInt64.self)
    key.storeBytes(of: mixed(number &* 2 &+ 1), toByteOffset: 8, as: UInt64.self)
  }

  private mutating func anyNumber() -> UInt64 { below(keys) }

  /// Uniform in `0..<bound`, by multiply and shift.
  private mutating func below(_ bound: UInt64) -> UInt64 {
    random &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(random).multipliedFullWidth(by: bound).high
  }

  /// The mixing step of SplitMix64, a bijection.
  ///
  /// - SeeAlso: Steele, Lea, Flood (2014), doi:10.1145/2660193.2660195.
  private static func mixed(_ number: UInt64) -> UInt64 {
    var z = number &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension RawSpan {
  /// The number that a value opens with, as this machine stores it.
  fileprivate var number: UInt64 {
    var bytes: UInt64 = 0
    for offset in 0..<8 { bytes |= UInt64(byte(at: offset)) << UInt64(8 * offset) }
    return UInt64(littleEndian: bytes)
  }
}
