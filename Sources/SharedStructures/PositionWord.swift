import SharedMemory

/// The head or the tail of a level, or the top of a stack: a unit, and a number that only grows.
///
///     63           28 27         0
///     position (36) | unit (28)
///
/// Of a level, the number is the unit's position among all that were ever pushed there; of a stack,
/// how often its top has changed. A word comes again only after 2^36 changes.
@frozen @usableFromInline
struct PositionWord: Equatable, Sendable {
  @usableFromInline let rawValue: UInt64

  @inlinable @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The unit; 0 for none.
  @inlinable @inline(__always)
  var index: UInt64 { rawValue & LinkWord.indexMask }

  var number: UInt64 { rawValue >> 28 }

  /// The word that comes after this one and names `index`.
  @inlinable @inline(__always)
  func next(_ index: UInt64) -> PositionWord {
    PositionWord(rawValue: (rawValue & ~LinkWord.indexMask) &+ (LinkWord.indexMask &+ 1) | index)
  }

  /// How far it is in front of `other`, around the end of the numbers.
  @inlinable @inline(__always)
  func distance(from other: PositionWord) -> Int64 {
    Int64(
      bitPattern: (rawValue & ~LinkWord.indexMask) &- (other.rawValue & ~LinkWord.indexMask)) >> 28
  }
}

extension AtomicWord {
  @inlinable @inline(__always)
  func position() -> PositionWord {
    // Pair level: the unit that it names was linked before, and filled.
    PositionWord(rawValue: loadAcquiring())
  }

  /// Whether it still is what was seen before something else was read.
  @inlinable @inline(__always)
  func isStill(_ seen: PositionWord) -> Bool {
    // Pair level: what was read of the units behind it was read before.
    Fence.acquire()
    return loadRelaxed() == seen.rawValue
  }

  /// Moves it from exactly what was seen.
  @inlinable @inline(__always)
  func move(_ old: PositionWord, to new: PositionWord) -> Bool {
    // Pair level.
    compareExchange(old.rawValue, new.rawValue)
  }
}
