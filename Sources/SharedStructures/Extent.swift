import SharedMemory

/// A run of units: the first in a structure's entry, the others in parts, each as large as all
/// before it.
///
///     free bits | hints of level 1, 2, ... | units
///
/// A free bit says that a unit is probably free. Level l of 2^k units has 2^k / 4^l hints, so on
/// average one unit in four of a level is in the next one. Which ones is decided by the unit's
/// place, its number times a fixed odd one: it is of level l when its place is below the level's
/// size, and that is where its hint stands. So no height is stored, and those of units that are
/// taken one after another are spread as evenly as can be.
///
/// - SeeAlso: Knuth (1998), The Art of Computer Programming 3, 6.4, of multiplication with the
///   golden ratio.
@frozen @usableFromInline
struct Extent: Sendable {
  @usableFromInline let region: SharedRegion
  /// The binary logarithm of how many units it has.
  @usableFromInline let bits: Int
  @usableFromInline let levels: Int
  /// What a unit's number times is its place, in the lowest bits.
  @usableFromInline let multiplier: UInt64
  /// Where the free bits begin.
  @usableFromInline let start: Int
  @usableFromInline let hints: Int
  @usableFromInline let units: Int

  init(_ region: SharedRegion, at start: Int, bits: Int, levels: Int) {
    self.region = region
    self.bits = bits
    self.levels = min(levels, Self.levels(bits: bits))
    multiplier = 0x9E37_79B9_7F4A_7C15 >> UInt64(64 - bits) | 1
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

  /// What decides of which levels a unit is, and where its hints stand.
  @inlinable @inline(__always)
  func place(of number: UInt64) -> UInt64 {
    number &* multiplier & ((1 as UInt64) &<< UInt64(truncatingIfNeeded: bits) &- 1)
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

/// The hints of one level of an extent, and then those of the levels below, one after the other.
@frozen @usableFromInline
struct HintRow {
  /// How many units the extent has.
  @usableFromInline let size: UInt64
  /// Places below that have a hint.
  @usableFromInline var count: UInt64
  @usableFromInline var start: Int

  @inlinable @inline(__always)
  init(_ level: Int, of extent: Extent) {
    size = (1 as UInt64) &<< UInt64(truncatingIfNeeded: extent.bits)
    count = size &>> UInt64(truncatingIfNeeded: 2 &* level)
    start = extent.hints &+ Self.bytes(before: level, size: size)
  }

  /// The levels before have 2^k / 3 (1 - 4^(1-l)) hints.
  @inlinable @inline(__always)
  static func bytes(before level: Int, size: UInt64) -> Int {
    let hints = (size &- size &>> UInt64(truncatingIfNeeded: 2 &* level &- 2)) / 3
    return Int(truncatingIfNeeded: hints) &* 8
  }

  /// Goes down from the level above.
  @inlinable @inline(__always)
  mutating func descend(to level: Int) {
    count = size &>> UInt64(truncatingIfNeeded: 2 &* level)
    start &-= Int(truncatingIfNeeded: count) &* 8
  }

  /// Where the hint of a place stands.
  @inlinable @inline(__always)
  func offset(_ place: UInt64) -> Int { start &+ Int(truncatingIfNeeded: place) &* 8 }
}

/// Where a unit's hints stand.
@frozen @usableFromInline
struct Tower {
  @usableFromInline let region: SharedRegion
  @usableFromInline let hints: Int
  @usableFromInline let bits: Int
  @usableFromInline let levels: Int
  @usableFromInline let place: UInt64

  @inlinable @inline(__always)
  init(of number: UInt64, in extent: Extent) {
    (region, hints, bits) = (extent.region, extent.hints, extent.bits)
    levels = extent.levels
    place = extent.place(of: number)
  }

  /// How many levels of hints the unit is in.
  @usableFromInline
  var height: Int {
    // Below 2^(k - 2l): it has at least 2l zeros in front.
    min(levels, (place.leadingZeroBitCount - (64 - bits)) >> 1)
  }

  /// Whether the unit is in a level.
  @inlinable @inline(__always)
  func reaches(_ level: Int) -> Bool {
    let size = (1 as UInt64) &<< UInt64(truncatingIfNeeded: bits)
    return level <= levels && place < size &>> UInt64(truncatingIfNeeded: 2 &* level)
  }

  /// The hint of a level that it reaches.
  @inlinable @inline(__always)
  func hintWord(_ level: Int) -> AtomicWord {
    let size = (1 as UInt64) &<< UInt64(truncatingIfNeeded: bits)
    return region.word(
      at: hints &+ HintRow.bytes(before: level, size: size)
        &+ Int(truncatingIfNeeded: place) &* 8)
  }
}
