/// Which table is the index's, and whether its entries are on their way to another.
///
///     63     32  31     30 .. 14  13          8  7    6  5           0
///     epoch (32) | valid | zero   | log2 of next | phase | log2 of home groups
///
/// The table of epoch *e* lies in area *e* & 1, and the next one in the other. Every operation
/// loads the word first: zero is none of its values, so memory that was lost is noticed at once.
///
/// **Concurrency.** A value; the word in the header changes by compare-and-swap.
@frozen
public struct IndexState: Hashable, Sendable {
  /// What becomes of the table.
  public enum Phase: UInt64, Sendable {
    /// It is the index, all of it.
    case stable
    /// The next table is being made ready; nobody uses it yet.
    case preparing
    /// Entries move to the next table.
    case moving
  }

  /// As the header holds it.
  public let rawValue: UInt64

  /// Restores a state from its word, whatever that says.
  @inlinable @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  private static let validBit: UInt64 = 1 << 31

  /// The state of a new segment.
  init(groupCount: Int) {
    rawValue = Self.validBit | UInt64(groupCount.trailingZeroBitCount)
  }

  private init(epoch: UInt64, phase: Phase, logarithm: Int, next: Int) {
    rawValue =
      epoch << 32 | Self.validBit | UInt64(next) << 8 | phase.rawValue << 6 | UInt64(logarithm)
  }

  /// Whether this is the state of an index, and not of memory that was lost.
  @inlinable @inline(__always)
  public var isValid: Bool { rawValue & 1 << 31 != 0 }

  /// Whether there is one table, and no other in the making.
  @inlinable @inline(__always)
  public var isStable: Bool { rawValue & (1 << 31 | 0xc0) == 1 << 31 }

  /// What becomes of the table; `nil` for a value no version of this layout writes.
  public var phase: Phase? { Phase(rawValue: rawValue >> 6 & 3) }

  /// Rises when the next table has taken over; wraps after 2^32.
  public var epoch: UInt64 { rawValue >> 32 }

  /// Binary logarithm of the table's home groups.
  public var logarithm: Int { Int(rawValue & 63) }

  /// Binary logarithm of the next table's home groups, while there is one.
  public var nextLogarithm: Int { Int(rawValue >> 8 & 63) }

  /// The state in which a next table of `logarithm` is made ready.
  public func preparing(_ logarithm: Int) -> IndexState {
    IndexState(
      epoch: epoch, phase: .preparing, logarithm: self.logarithm, next: logarithm)
  }

  /// The state in which entries move to the next table.
  public var moving: IndexState {
    IndexState(epoch: epoch, phase: .moving, logarithm: logarithm, next: nextLogarithm)
  }

  /// The state in which the next table has taken over.
  public var moved: IndexState {
    IndexState(
      epoch: (epoch + 1) & 0xffff_ffff, phase: .stable, logarithm: nextLogarithm, next: 0)
  }

  /// Whether a segment of `layout` can be in this state.
  func isPossible(in layout: SegmentLayout) -> Bool {
    let possible =
      layout.indexGroupCount
      .trailingZeroBitCount...layout.maximumIndexGroupCount
      .trailingZeroBitCount
    guard isValid, let phase, possible.contains(logarithm) else { return false }
    return phase == .stable || possible.contains(nextLogarithm)
  }
}
