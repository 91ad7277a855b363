import SharedMemory

/// What nodes are ordered by.
@usableFromInline
protocol NodeKey: SharedValue, Comparable {
  /// Which list it belongs to, in the bits that the number of heads leaves of it.
  var headNumber: UInt64 { get }
  /// Whether there is one list of all keys, and hints lead into it.
  static var isHinted: Bool { get }
}

extension NodeKey {
  @inlinable @inline(__always)
  static var isHinted: Bool { true }
}

/// A key of the only list of a structure.
@frozen @usableFromInline
struct OrderedKey<Key: SharedValue & Comparable>: NodeKey {
  @usableFromInline let key: Key

  @inlinable @inline(__always)
  init(_ key: Key) { self.key = key }

  @usableFromInline static var layoutName: String { Key.layoutName }
  @inlinable @inline(__always)
  var headNumber: UInt64 { 0 }

  @inlinable @inline(__always)
  static func < (left: OrderedKey, right: OrderedKey) -> Bool { left.key < right.key }
  @inlinable @inline(__always)
  static func == (left: OrderedKey, right: OrderedKey) -> Bool { left.key == right.key }

  @usableFromInline
  func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try key.withBytes(body)
  }
}

/// A value of no bytes.
@frozen @usableFromInline
struct Nothing: SharedValue {
  @inlinable @inline(__always)
  init() {}

  @usableFromInline static var layoutName: String { "nothing" }
}

/// What elements of an ordered queue are ordered by: their priority, then their number.
@frozen @usableFromInline
struct QueueKey: NodeKey {
  @usableFromInline let priority: UInt64
  @usableFromInline let number: UInt64

  @inlinable @inline(__always)
  init(priority: UInt64, number: UInt64) {
    self.priority = priority
    self.number = number
  }

  @usableFromInline static var layoutName: String { "lava.queue-key.1" }
  @inlinable @inline(__always)
  var headNumber: UInt64 { 0 }

  @inlinable @inline(__always)
  static func < (left: QueueKey, right: QueueKey) -> Bool {
    left.priority != right.priority
      ? left.priority < right.priority : left.number < right.number
  }
}
