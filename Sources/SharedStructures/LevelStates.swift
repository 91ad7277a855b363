import SharedMemory

/// Which levels of a priority queue may have elements: two bits for each of 16 levels, then a
/// version.
///
///     63          32 31                 0
///     version (32) | 16 x state (2)
///
///     empty -> filled       by who pushes, before it links, and again afterwards
///     filled -> doubted     by who has found it empty, and then looks again
///     doubted -> empty      by who has looked since, if the word has not changed meanwhile
///     doubted -> filled     by who pushes
///
/// So a level is called empty only when nothing was pushed between the second look and then: who
/// pushes changes the word unless it says filled. Whoever dies in between leaves a level that is
/// looked into. Where somebody found the level empty between a producer's word and its link, and
/// the producer died before it looked again, its element waits for the next that is pushed there,
/// or for a look into all levels.
@frozen @usableFromInline
struct LevelStates: Sendable {
  @usableFromInline
  enum State: UInt64 {
    case empty, doubted, filled
  }

  /// Binary logarithm of the levels of a word.
  @usableFromInline static var bits: Int { 4 }

  @usableFromInline let rawValue: UInt64

  @inlinable @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The first level of the word from `place` on that may have elements.
  @inlinable @inline(__always)
  func first(from place: Int) -> Int? {
    let states = rawValue & 0xFFFF_FFFF & ~0 << UInt64(2 &* place)
    return states == 0 ? nil : states.trailingZeroBitCount >> 1
  }

  @inlinable @inline(__always)
  func `is`(_ state: State, _ place: Int) -> Bool {
    rawValue >> UInt64(2 &* place) & 3 == state.rawValue
  }

  /// The word that comes after this one, with another state of one level.
  @inlinable @inline(__always)
  func setting(_ place: Int, _ state: State) -> LevelStates {
    let shift = UInt64(2 &* place)
    let states = rawValue & 0xFFFF_FFFF & ~(3 << shift) | state.rawValue << shift
    return LevelStates(rawValue: ((rawValue >> 32) &+ 1) << 32 | states)
  }
}
