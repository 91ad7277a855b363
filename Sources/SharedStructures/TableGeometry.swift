/// What the creator of a table chooses.
///
/// **Concurrency.** A value.
public struct TableGeometry: Hashable, Sendable {
  /// Cells, and so keys, that there can be: 1 to 2^24.
  public var capacity: Int
  /// Bytes for all keys together: to 2^32.
  public var keyCapacity: Int

  /// Makes a geometry.
  ///
  /// - Parameters:
  ///   - capacity: Cells that there can be.
  ///   - keyCapacity: 32 bytes for each key by default.
  public init(capacity: Int = 256, keyCapacity: Int? = nil) {
    self.capacity = capacity
    self.keyCapacity = keyCapacity ?? capacity * 32
  }

  /// Whether a table can be so.
  var isPossible: Bool {
    (1...1 << 24).contains(capacity) && (0...1 << 32).contains(keyCapacity)
  }

  /// Slots of the index: at most half of them are used, so that searches are short.
  var slotCount: Int {
    var count = 8
    while count < 2 * capacity { count *= 2 }
    return count
  }
}
