import SharedMemory

/// An allocation of a ``SharedHeap``, as a number that means the same in every process.
///
///     63      59 58         28 27       0
///     class (5) | version (31) | unit (28)
///     31        | number (59)               a large one
///
/// The version is that of the unit's header while the allocation stands, so that a handle whose
/// allocation was freed is found out, until the unit has been used again 2^30 times. Number 0 names
/// nothing.
///
/// **Concurrency.** A value, which may be a key, a value or an element of any structure.
@frozen
public struct HeapHandle: SharedValue, Hashable {
  /// The number.
  public let rawValue: UInt64

  /// Restores a handle from its number.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `lava.heap-handle.1`.
  public static var layoutName: String { "lava.heap-handle.1" }

  static let versionMask: UInt64 = (1 << 31) - 1
  private static let large: UInt64 = 31

  init(class number: Int, version: UInt64, unit: UInt64) {
    rawValue = UInt64(number) << 59 | (version & Self.versionMask) << 28 | unit
  }

  init(large number: UInt64) { rawValue = Self.large << 59 | number }

  var sizeClass: Int { Int(rawValue >> 59) }
  var version: UInt64 { rawValue >> 28 & Self.versionMask }
  var unit: UInt64 { rawValue & LinkWord.indexMask }
  /// Of a large allocation.
  var number: UInt64? {
    rawValue >> 59 == Self.large ? rawValue & (1 << 59 - 1) : nil
  }
}
