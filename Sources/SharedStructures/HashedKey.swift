import SharedMemory

/// A key of a hash map: nodes of a bucket are ordered by their hash, and where hashes are equal by
/// the bytes of their keys.
@frozen @usableFromInline
struct HashedKey<Key: SharedValue>: NodeKey {
  @usableFromInline let hash: UInt64
  @usableFromInline let key: Key

  @inlinable @inline(__always)
  init(_ key: Key, hash: UInt64) {
    self.hash = hash
    self.key = key
  }

  @usableFromInline static var layoutName: String { "lava.hashed-key.1" }
  @inlinable @inline(__always)
  var headNumber: UInt64 { hash }
  @inlinable @inline(__always)
  static var isHinted: Bool { false }

  @inlinable @inline(__always)
  static func < (left: HashedKey, right: HashedKey) -> Bool {
    left.hash != right.hash ? left.hash < right.hash : order(left.key, right.key) < 0
  }

  @inlinable @inline(__always)
  static func == (left: HashedKey, right: HashedKey) -> Bool {
    left.hash == right.hash && order(left.key, right.key) == 0
  }

  /// Compares byte by byte, after words as long as they are equal.
  @inlinable
  static func order(_ left: Key, _ right: Key) -> Int {
    left.withPlainBytes { left in
      right.withPlainBytes { right in
        var start = 0
        while start &+ 8 <= left.byteCount,
          left.number(at: start, as: UInt64.self) == right.number(at: start, as: UInt64.self)
        {
          start &+= 8
        }
        for offset in start..<left.byteCount where left.byte(at: offset) != right.byte(at: offset) {
          return left.byte(at: offset) < right.byte(at: offset) ? -1 : 1
        }
        return 0
      }
    }
  }
}
