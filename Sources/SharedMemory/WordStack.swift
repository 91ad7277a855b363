/// A stack of words in private memory with a fixed capacity: what a thread remembers about blocks.
///
/// **Concurrency.** One thread at a time.
@safe
public struct WordStack: ~Copyable {
  @usableFromInline let storage: UnsafeMutablePointer<UInt64>
  /// The most it can hold.
  public let capacity: Int

  /// Makes an empty stack.
  public init(capacity: Int) {
    self.capacity = capacity
    unsafe storage = .allocate(capacity: capacity + 1)
    unsafe storage.initialize(repeating: 0, count: capacity + 1)
  }

  deinit { unsafe storage.deallocate() }

  /// How many words it holds.
  @inlinable @inline(__always)
  public var count: Int { Int(unsafe storage[0]) }

  /// Adds a word; `false` when it is full.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public func push(_ word: UInt64) -> Bool {
    let count = self.count
    guard count < capacity else { return false }
    unsafe storage[count + 1] = word
    unsafe storage[0] = UInt64(count + 1)
    return true
  }

  /// Removes and returns the last word.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public func pop() -> UInt64? {
    let count = self.count
    guard count > 0 else { return nil }
    unsafe storage[0] = UInt64(count - 1)
    return unsafe storage[count]
  }
}
