// Truth values: in Arrow a bit each, the lowest of a byte first; in a document a byte each.

extension [UInt8] {
  /// Appends `count` bits that begin at byte `start` of `source`, as bytes.
  ///
  /// - Precondition: They are there.
  mutating func appendBytes(ofBits source: [UInt8], from start: Int, count: Int) {
    let whole = count / 8
    for index in start..<(start + whole) {
      let byte = source[index]
      for bit in 0..<UInt8(8) { append(byte &>> bit & 1) }
    }
    for bit in 0..<UInt8(count % 8) { append(source[start + whole] &>> bit & 1) }
  }

  /// Appends the bytes of `range` of `source`, each 0 or 1, as bits.
  mutating func appendBits(ofBytes source: [UInt8], in range: Range<Int>) {
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      var byte: UInt8 = 0
      for bit in 0..<8 { byte |= source[index &+ bit] &<< UInt8(truncatingIfNeeded: bit) }
      append(byte)
      index &+= 8
    }
    guard index < range.upperBound else { return }
    var byte: UInt8 = 0
    for (bit, at) in (index..<range.upperBound).enumerated() { byte |= source[at] << UInt8(bit) }
    append(byte)
  }
}
