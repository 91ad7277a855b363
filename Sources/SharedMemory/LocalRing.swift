/// A bounded first-in-first-out ring of equal cells between one producer and one consumer, in
/// private memory.
///
/// **Concurrency.** Lock-free; one producer and one consumer at a time. Either may move from thread
/// to thread when something else orders the moves (a node that runs exclusively does).
///
/// Invariants: `head <= published tail <= tail <= head + capacity`; cells in `head..<published
/// tail` are the consumer's, all others the producer's. Both indices only grow.
///
/// The producer fills cells in place and publishes many at once, so that a batch costs one store
/// that the other core must fetch; the consumer gives them back likewise.
///
/// - SeeAlso: Lamport (1983), doi:10.1145/69624.357207; the cached far index follows Lee, Bu and
///   Chandranmenon (2009), "A Lock-Free, Cache-Efficient Shared Ring Buffer".
@safe @frozen
public struct LocalRing: @unchecked Sendable {
  // byte 0 capacity | 8 stride | 128 published tail | 256 tail, cached head, dropped
  // | 384 published head | 512 head, cached tail | 640 producer waits | 768 cells
  @usableFromInline enum Layout {
    @usableFromInline static let publishedTail = 128
    @usableFromInline static let producer = 256
    @usableFromInline static let publishedHead = 384
    @usableFromInline static let consumer = 512
    @usableFromInline static let waiting = 640
    @usableFromInline static let cells = 768
  }

  @usableFromInline struct Producer {
    @usableFromInline var tail: UInt64
    @usableFromInline var cachedHead: UInt64
  }

  @usableFromInline struct Consumer {
    @usableFromInline var head: UInt64
    @usableFromInline var cachedTail: UInt64
  }

  @usableFromInline let base: UnsafeMutableRawPointer
  /// Cells a reader may find unread.
  public let capacity: Int
  /// Size of a cell in bytes.
  public let strideBytes: Int
  @usableFromInline let mask: UInt64

  /// Makes an empty ring and the memory that keeps it alive.
  ///
  /// - Parameters:
  ///   - capacity: Most unread cells, at least 1.
  ///   - strideBytes: Size of a cell, a multiple of 64.
  public static func make(
    capacity: Int, strideBytes: Int
  ) -> (ring: LocalRing, memory: LocalMemory) {
    precondition(capacity >= 1 && capacity <= 1 << 24, "capacity outside 1 to 2^24")
    precondition(strideBytes >= 64 && strideBytes % 64 == 0, "a cell is a multiple of 64 bytes")
    var places = 1
    while places < capacity { places *= 2 }
    let memory = LocalMemory(byteCount: Layout.cells + places * strideBytes)
    memory.clear(at: 0, count: Layout.cells)
    let ring = unsafe LocalRing(
      base: memory.base, capacity: capacity, strideBytes: strideBytes, mask: UInt64(places - 1))
    return (ring, memory)
  }

  init(base: UnsafeMutableRawPointer, capacity: Int, strideBytes: Int, mask: UInt64) {
    unsafe self.base = base
    self.capacity = capacity
    self.strideBytes = strideBytes
    self.mask = mask
  }

  @inlinable @inline(__always)
  func word(_ offset: Int) -> AtomicWord {
    unsafe AtomicWord((base + offset).assumingMemoryBound(to: UInt64.self))
  }

  @inlinable
  var producer: UnsafeMutablePointer<Producer> {
    @inline(__always) get {
      unsafe (base + Layout.producer).assumingMemoryBound(to: Producer.self)
    }
  }

  @inlinable
  var consumer: UnsafeMutablePointer<Consumer> {
    @inline(__always) get {
      unsafe (base + Layout.consumer).assumingMemoryBound(to: Consumer.self)
    }
  }

  @inlinable @inline(__always)
  func cell(at index: UInt64) -> LocalCell {
    unsafe LocalCell(
      base: base + Layout.cells + Int(truncatingIfNeeded: index & mask) &* strideBytes,
      byteCount: strideBytes)
  }

  // MARK: Producer

  /// Whether the producer has a cell to fill.
  @inlinable
  public var hasRoom: Bool {
    @inline(__always) get {
      unsafe producer.pointee.tail &- producer.pointee.cachedHead < UInt64(capacity)
        || refreshRoom()
    }
  }

  @inlinable @inline(never)
  func refreshRoom() -> Bool {
    // Pair ring-freed: acquires `giveBack`; the consumer has finished with the cell.
    let head = word(Layout.publishedHead).loadAcquiring()
    unsafe producer.pointee.cachedHead = head
    return unsafe producer.pointee.tail &- head < UInt64(capacity)
  }

  /// The next cell to fill, or `nil` when the ring is full.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public func reserve() -> LocalCell? {
    guard hasRoom else { return nil }
    return cell(at: unsafe producer.pointee.tail)
  }

  /// Counts the reserved cell as filled; the consumer sees it after the next `publish()`.
  @inlinable @inline(__always)
  public func commit() {
    unsafe producer.pointee.tail &+= 1
  }

  /// Lets the consumer see all committed cells.
  ///
  /// - Returns: Whether there were any.
  @inlinable @inline(__always)
  public func publish() -> Bool {
    let tail = unsafe producer.pointee.tail
    let published = word(Layout.publishedTail)
    // Sole writer: no pair.
    guard published.loadRelaxed() != tail else { return false }
    // Pair ring-published: the cells' bytes happen before `available`'s acquiring load.
    published.storeReleasing(tail)
    return true
  }

  /// Says that the producer rests until the consumer gives a cell back.
  ///
  /// - Returns: `false` when there is room after all; then the producer does not rest.
  public func rest() -> Bool {
    // Pair ring-rest: our mark.
    word(Layout.waiting).exchangeSequential(1)
    // Pair ring-rest: this fence stands between our mark and our look at the head, the consumer's
    // between its head and its look at the mark. One of the two sees the other.
    Fence.sequential()
    guard refreshRoom() else { return true }
    word(Layout.waiting).exchangeSequential(0)
    return false
  }

  // MARK: Consumer

  /// Number of cells the consumer may read, up to `limit`.
  @inlinable @inline(__always)
  public func available(_ limit: Int) -> Int {
    let (head, known) = unsafe (consumer.pointee.head, consumer.pointee.cachedTail)
    if known &- head >= UInt64(limit) { return limit }
    // Pair ring-published: acquires `publish`; the cells are filled.
    let tail = word(Layout.publishedTail).loadAcquiring()
    unsafe consumer.pointee.cachedTail = tail
    return Int(min(UInt64(limit), tail &- head))
  }

  /// The oldest unread cell; `available` must have counted it.
  @inlinable @inline(__always)
  public func front() -> LocalCell {
    let (head, known) = unsafe (consumer.pointee.head, consumer.pointee.cachedTail)
    precondition(head != known, "no unread cell")
    return cell(at: head)
  }

  /// Moves on to the next cell; this one stays the consumer's until `giveBack()`.
  @inlinable @inline(__always)
  public func advance() {
    unsafe consumer.pointee.head &+= 1
  }

  /// Gives all cells passed so far back to the producer.
  ///
  /// - Returns: Whether there were any.
  @inlinable @inline(__always)
  public func giveBack() -> Bool {
    let head = unsafe consumer.pointee.head
    let published = word(Layout.publishedHead)
    // Sole writer: no pair.
    guard published.loadRelaxed() != head else { return false }
    // Pair ring-freed: the cells were read before `refreshRoom`'s acquiring load.
    published.storeReleasing(head)
    return true
  }

  /// Whether the producer rests; it is told only once.
  ///
  /// Call after `giveBack()` and a sequential fence (pair ring-rest).
  public func takeRest() -> Bool {
    let waiting = word(Layout.waiting)
    return waiting.loadSequential() != 0 && waiting.exchangeSequential(0) != 0
  }

  // MARK: Anyone

  /// Cells published so far; for counters.
  public var publishedCount: UInt64 { word(Layout.publishedTail).loadRelaxed() }

  /// Published cells that were not given back yet; for counters, a moment old.
  public var depth: Int {
    let head = word(Layout.publishedHead).loadRelaxed()
    let tail = word(Layout.publishedTail).loadRelaxed()
    return Int(clamping: Int64(bitPattern: tail &- head))
  }
}
