import Foundation
import Tbl

/// A small, fast generator whose sequence follows from its seed alone (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// A fresh generator. Its seed is printed; `LAVA_SEED=N` in the environment repeats a run with it.
func seeded(_ test: String) -> SplitMix64 {
  let given = ProcessInfo.processInfo.environment["LAVA_SEED"].flatMap { UInt64($0) }
  let seed = given ?? .random(in: 0...UInt64.max)
  print("\(test): LAVA_SEED=\(seed)")
  return SplitMix64(seed: seed)
}

/// Builds a table with `fill`.
func build(_ fill: (inout Tbl.Builder) -> Void) throws(TblError) -> Tbl {
  var builder = Tbl.Builder()
  fill(&builder)
  return try builder.finish()
}

/// The code of the error that `body` throws, or nil when it throws none.
func failure<Result>(_ body: () throws(TblError) -> Result) -> TblError.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return error.code
  }
}

extension [UInt8] {
  /// Replaces the bytes at `offset` by `value`, little-endian.
  mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    for index in 0..<MemoryLayout<T>.size {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> T(8 * index))
    }
  }

  /// The 32-bit number at `offset`, little-endian.
  func word(_ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }

  /// Where the entries of the table that these bytes are begin.
  var entriesOffset: Int {
    let count = word(12)
    var slots = 0
    if count > 8 {
      slots = 2
      while slots < 2 * count { slots *= 2 }
    }
    return self.count - 4 * slots - 24 * count
  }
}
