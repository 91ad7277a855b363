import Tbl
import TestSupport

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

  /// Changes one of the 32-bit numbers, mostly to something that a length or an offset may be.
  mutating func damage(using random: inout SeededGenerator) {
    let at = Int.random(in: 0..<(count / 4), using: &random) * 4
    switch Int.random(in: 0...4, using: &random) {
    case 0: self[at] = UInt8.random(in: 0...255, using: &random)
    case 1: put(UInt32.max, at: at)
    case 2: put(UInt32.random(in: 0...UInt32(count), using: &random), at: at)
    case 3: put(UInt32(word(at)) &+ 8, at: at)
    default: put(UInt32(word(at)) &- 1, at: at)
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
