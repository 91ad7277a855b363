import SharedMemory

/// A run of units: the first in a structure's entry, the others in parts, each as large as all
/// before it.
///
///     free bits | hints of level 1, 2, ... | units
///
/// A free bit says that a unit is probably free. Level l of 2^k units has 2^k / 4^l hints, so on
/// average one unit in four of a level is in the next one. Which ones is decided by a fixed mix of
/// the unit's number: it is of level l when the mix is below the level's size, and the mix is where
/// its hint stands. So no height is stored, and neighbours in memory have unrelated ones.
@frozen @usableFromInline
struct Extent: Sendable {
  @usableFromInline let region: SharedRegion
  /// The binary logarithm of how many units it has.
  @usableFromInline let bits: Int
  @usableFromInline let levels: Int
  /// Where the free bits begin.
  @usableFromInline let start: Int
  @usableFromInline let hints: Int
  @usableFromInline let units: Int

  init(_ region: SharedRegion, at start: Int, bits: Int, levels: Int) {
    self.region = region
    self.bits = bits
    self.levels = min(levels, Self.levels(bits: bits))
    self.start = start
    hints = start + max(64, 1 << (bits - 3))
    units = hints + Self.hintBytes(bits: bits, levels: self.levels)
  }

  static func byteCount(bits: Int, levels: Int, stride: Int) -> Int {
    max(64, 1 << (bits - 3))
      + hintBytes(bits: bits, levels: min(levels, Self.levels(bits: bits))) + stride << bits
  }

  /// Levels of hints that are worth having.
  static func levels(bits: Int) -> Int { max(0, (bits - 2) / 2) }

  private static func hintBytes(bits: Int, levels: Int) -> Int {
    guard levels > 0 else { return 0 }
    return ((1...levels).reduce(0) { $0 + 8 << (bits - 2 * $1) } + 63) & ~63
  }

  /// How many 64-bit words of free bits there are.
  var freeWords: Int { max(1, 1 << (bits - 6)) }

  func freeWord(_ number: Int) -> AtomicWord { region.word(at: start + number * 8) }

  /// Says of all units that they are free, and of the first that it is not: 0 names none.
  func initialize(isFirst: Bool) {
    for number in 0..<freeWords { freeWord(number).storeRelaxed(.max) }
    if isFirst { freeWord(0).storeRelaxed(.max - 1) }
  }
}

/// Where a unit's hints stand.
@frozen @usableFromInline
struct Tower {
  @usableFromInline let region: SharedRegion
  @usableFromInline let hints: Int
  @usableFromInline let bits: Int
  @usableFromInline let mixed: UInt64
  /// How many levels of hints the unit is in.
  @usableFromInline let height: Int

  @inlinable @inline(__always)
  init(of number: UInt64, in extent: Extent) {
    (region, hints, bits) = (extent.region, extent.hints, extent.bits)
    let mask = (1 as UInt64) << UInt64(truncatingIfNeeded: bits) &- 1
    let half = UInt64(truncatingIfNeeded: (bits &+ 1) >> 1)
    var x = (number ^ number >> half) &* 0x9E37_79B9_7F4A_7C15 & mask
    x = (x ^ x >> half) &* 0xBF58_476D_1CE4_E5B9 & mask
    mixed = x ^ x >> half
    // Below 2^(k - 2l): it has at least 2l zeros in front.
    let zeros = mixed.leadingZeroBitCount &- (64 &- bits)
    height = min(extent.levels, zeros >> 1)
  }

  /// The hint of a level up to the height.
  @inlinable @inline(__always)
  func hintWord(_ level: Int) -> AtomicWord {
    // The levels before have 2^k / 3 (1 - 4^(1-l)) hints.
    let before = ((1 << bits) &- (4 << (bits &- 2 &* level))) / 3
    return region.word(at: hints &+ (before &+ Int(truncatingIfNeeded: mixed)) &* 8)
  }
}
