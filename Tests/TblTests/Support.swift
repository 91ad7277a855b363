import Tbl

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
