/// A bounded first-in-first-out ring of equal cells for any number of producers and consumers, in
/// private memory.
///
/// **Concurrency.** Any threads at once; a thread that is stopped between claim and release of a
/// cell makes the ring look full or empty at that cell, and blocks nobody.
///
/// Each cell carries a sequence number: `index` while it is free for the push number `index`,
/// `index + 1` while it holds that element, `index + places` when it is free for the next round.
///
/// - SeeAlso: D. Vyukov (2010), "Bounded MPMC queue".
@safe @frozen
public struct LocalSharedRing: @unchecked Sendable {
  // byte 0 unused | 128 tail | 256 head | 384 cells, each: sequence, 8 unused, element
  @usableFromInline enum Layout {
    @usableFromInline static let tail = 128
    @usableFromInline static let head = 256
    @usableFromInline static let cells = 384
    @usableFromInline static let element = 16
  }

  @usableFromInline let base: UnsafeMutableRawPointer
  /// Size of an element in bytes.
  public let elementBytes: Int
  @usableFromInline let strideBytes: Int
  @usableFromInline let mask: UInt64

  /// Makes an empty ring and the memory that keeps it alive.
  ///
  /// - Parameters:
  ///   - capacity: Most elements, at least 1; rounded up to a power of two, at least 2.
  ///   - elementBytes: Size of an element.
  public static func make(
    capacity: Int, elementBytes: Int
  ) -> (ring: LocalSharedRing, memory: LocalMemory) {
    precondition(capacity >= 1 && capacity <= 1 << 24, "capacity outside 1 to 2^24")
    precondition(elementBytes >= 1 && elementBytes <= 1 << 20, "element outside 1 to 2^20 bytes")
    var places = 2
    while places < capacity { places *= 2 }
    let stride = (Layout.element + elementBytes + 15) / 16 * 16
    let memory = LocalMemory(byteCount: Layout.cells + places * stride)
    memory.clear(at: 0, count: Layout.cells)
    let ring = unsafe LocalSharedRing(
      base: memory.base, elementBytes: elementBytes, strideBytes: stride, mask: UInt64(places - 1))
    for index in 0..<UInt64(places) { ring.sequence(index).storeRelaxed(index) }
    return (ring, memory)
  }

  init(base: UnsafeMutableRawPointer, elementBytes: Int, strideBytes: Int, mask: UInt64) {
    unsafe self.base = base
    self.elementBytes = elementBytes
    self.strideBytes = strideBytes
    self.mask = mask
  }

  @inlinable @inline(__always)
  func word(_ offset: Int) -> AtomicWord {
    unsafe AtomicWord((base + offset).assumingMemoryBound(to: UInt64.self))
  }

  @inlinable @inline(__always)
  func offset(_ index: UInt64) -> Int {
    Layout.cells &+ Int(truncatingIfNeeded: index & mask) &* strideBytes
  }

  @inlinable @inline(__always)
  func sequence(_ index: UInt64) -> AtomicWord { word(offset(index)) }

  @inlinable @inline(__always)
  func element(_ index: UInt64) -> LocalCell {
    unsafe LocalCell(base: base + offset(index) + Layout.element, byteCount: elementBytes)
  }

  /// Appends the element that `fill` writes.
  ///
  /// - Returns: `false` when the ring is full; `fill` was not called.
  /// - Complexity: O(1) plus `fill`; lock-free.
  @inlinable
  public func push(_ fill: (LocalCell) -> Void) -> Bool {
    var index = word(Layout.tail).loadRelaxed()
    while true {
      // Pair cell-freed: acquires `pop`; the element of the round before was read.
      let distance = Int64(bitPattern: sequence(index).loadAcquiring() &- index)
      if distance == 0 {
        if word(Layout.tail).compareExchange(index, index &+ 1) {
          fill(element(index))
          // Pair cell-filled: the element happens before `pop`'s acquiring load.
          sequence(index).storeReleasing(index &+ 1)
          return true
        }
      } else if distance < 0 {
        return false
      }
      index = word(Layout.tail).loadRelaxed()
    }
  }

  /// Removes the oldest element and lends it to `read`.
  ///
  /// - Returns: `nil` when the ring is empty.
  /// - Complexity: O(1) plus `read`; lock-free.
  @inlinable
  public func pop<Result>(_ read: (LocalCell) -> Result) -> Result? {
    var index = word(Layout.head).loadRelaxed()
    while true {
      // Pair cell-filled: acquires `push`; the element is complete.
      let distance = Int64(bitPattern: sequence(index).loadAcquiring() &- (index &+ 1))
      if distance == 0 {
        if word(Layout.head).compareExchange(index, index &+ 1) {
          let result = read(element(index))
          // Pair cell-freed: the element was read before `push`'s acquiring load.
          sequence(index).storeReleasing(index &+ mask &+ 1)
          return result
        }
      } else if distance < 0 {
        return nil
      }
      index = word(Layout.head).loadRelaxed()
    }
  }

  /// Elements pushed and not popped; for counters, a moment old.
  public var depth: Int {
    let head = word(Layout.head).loadRelaxed()
    let tail = word(Layout.tail).loadRelaxed()
    return max(0, Int(clamping: Int64(bitPattern: tail &- head)))
  }

  /// Elements pushed so far; for counters.
  public var pushedCount: UInt64 { word(Layout.tail).loadRelaxed() }

  /// Whether there is nothing to pop, now that every earlier push is seen.
  ///
  /// Call after a sequential fence where an answer of `true` leads to sleep.
  @inlinable
  public var isEmpty: Bool {
    // Pair cell-filled: sequential, for callers that sleep on the answer.
    let index = word(Layout.head).loadSequential()
    return Int64(bitPattern: sequence(index).loadAcquiring() &- (index &+ 1)) < 0
  }
}
