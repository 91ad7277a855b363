import SharedMemory

/// What nodes are ordered by.
@usableFromInline
protocol NodeKey: SharedValue, Comparable {
  /// Where, among the heads, that of its list stands.
  var headOffset: Int { get }
}

/// A key of the only list of a structure.
@frozen @usableFromInline
struct OrderedKey<Key: SharedValue & Comparable>: NodeKey {
  @usableFromInline let key: Key

  @inlinable @inline(__always)
  init(_ key: Key) { self.key = key }

  @usableFromInline static var layoutName: String { Key.layoutName }
  @inlinable @inline(__always)
  var headOffset: Int { 0 }

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
