private let hashStart: UInt64 = 0x8BB8_4B93_962E_ACC9
private let hashFactor: UInt64 = 0x2D35_8DCC_AA6C_78A5

/// The hash of `key` that the entries and the index of a map hold.
///
/// A multiply-and-fold over 8-byte words. It need not be secret: a builder tries other seeds when
/// keys collide, and readers stop after `Layout.maximumProbes` steps whatever a document says.
///
/// - Complexity: O(length); about 2 ns for 16 bytes.
/// - SeeAlso: Wang Yi, Zhu Diao, "wyhash and wyrand" (2019); De Carli, "rapidhash" (2024).
@inline(__always)
func keyHash(_ key: RawSpan, seed: UInt8) -> UInt32 {
  SoughtKey(key, seed: seed).hash
}

/// The hash of `key`, whose bytes behind the last whole word are `tail`.
@inline(__always)
func keyHash(_ key: RawSpan, tail: UInt64, seed: UInt8) -> UInt32 {
  let count = key.byteCount
  var state = hashStart ^ UInt64(seed) &<< 32 ^ UInt64(truncatingIfNeeded: count)
  var offset = 0
  while offset &+ 8 <= count {
    state = folded(state ^ key.loadInside(UInt64.self, at: offset), hashFactor)
    offset &+= 8
  }
  if offset < count { state = folded(state ^ tail, hashFactor) }
  return UInt32(truncatingIfNeeded: folded(state, hashStart))
}

/// The hash of a whole document, whose size is a multiple of 8.
///
/// - Complexity: O(bytes).
func documentHash(_ document: RawSpan) -> UInt64 {
  var state = hashStart ^ UInt64(truncatingIfNeeded: document.byteCount)
  for offset in stride(from: 0, to: document.byteCount, by: 8) {
    state = folded(state ^ document.load(UInt64.self, at: offset), hashFactor)
  }
  return folded(state, hashStart)
}

/// Both halves of the 128-bit product, combined.
@inline(__always)
private func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let product = a.multipliedFullWidth(by: b)
  return product.high ^ product.low
}
