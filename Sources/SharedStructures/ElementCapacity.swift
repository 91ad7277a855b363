/// How many elements a structure has room for, chosen when it is created.
///
/// **Concurrency.** A value.
public struct ElementCapacity: Hashable, Sendable {
  /// Elements there is room for at once: the structure's entry takes that much memory.
  public var initial: Int
  /// Elements there may be at most; the structure doubles whenever it is full, up to there.
  public var maximum: Int

  /// The most that a structure can hold.
  public static let most = 1 << 26

  /// Room for `initial` elements that never grows.
  public init(_ initial: Int) { self.init(initial: initial, maximum: initial) }

  /// Room for `initial` elements that grows to that of `maximum`.
  public init(initial: Int, maximum: Int) {
    self.initial = initial
    self.maximum = maximum
  }

  /// Units beyond the elements: what is being exchanged or taken, and number 0.
  private static let spare = 32

  /// Binary logarithm of the units for `count` elements.
  ///
  /// - Parameter isUpdated: Whether elements get other values: a new value lies in a unit of its
  ///   own.
  static func bits(_ count: Int, isUpdated: Bool) -> Int {
    let units = UInt64((isUpdated ? 2 * count : count) + spare)
    return max(6, 64 - (units - 1).leadingZeroBitCount)
  }

  var isPossible: Bool {
    (1...Self.most).contains(initial) && (initial...Self.most).contains(maximum)
  }
}
