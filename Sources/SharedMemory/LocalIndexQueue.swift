/// A bounded first-in-first-out queue of 32-bit numbers for any number of producers and consumers,
/// in private memory.
///
/// **Concurrency.** Lock-free; any threads at once. A thread that is stopped anywhere in a push or
/// a pop holds nobody up: others finish its push, and a pop ends with one compare-and-swap.
///
/// Position p lies in cell p mod places, in lap p / places + 1. A cell's word is {lap, number};
/// laps only grow, so no word comes twice and a late compare-and-swap fails. A position is filled
/// by one compare-and-swap on its cell, from an older lap to its own; `tail` follows, moved by
/// whoever sees the filled cell. A position is taken by moving `head` on; the cell keeps the old
/// lap until it is filled again.
///
/// - SeeAlso: Tsigas and Zhang (2001), doi:10.1145/378580.378611, whose idea of checking a cell
///   before the index this is, with laps in place of two kinds of nothing.
@safe @frozen
public struct LocalIndexQueue: @unchecked Sendable {
  // byte 0 unused | 128 tail | 256 head | 384 cells
  @usableFromInline enum Layout {
    @usableFromInline static let tail = 128
    @usableFromInline static let head = 256
    @usableFromInline static let cells = 384
  }

  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let mask: UInt64
  @usableFromInline let shift: UInt64

  /// Makes an empty queue and the memory that keeps it alive.
  ///
  /// - Parameter capacity: Most numbers, at least 1; rounded up to a power of two.
  public static func make(capacity: Int) -> (queue: LocalIndexQueue, memory: LocalMemory) {
    precondition(capacity >= 1 && capacity <= 1 << 24, "capacity outside 1 to 2^24")
    var places = 1
    while places < capacity { places *= 2 }
    let memory = LocalMemory(byteCount: Layout.cells + places * 8)
    memory.clear(at: 0, count: Layout.cells + places * 8)
    let queue = unsafe LocalIndexQueue(
      base: memory.base, mask: UInt64(places - 1), shift: UInt64(places.trailingZeroBitCount))
    return (queue, memory)
  }

  init(base: UnsafeMutableRawPointer, mask: UInt64, shift: UInt64) {
    unsafe self.base = base
    self.mask = mask
    self.shift = shift
  }

  @inlinable @inline(__always)
  func word(_ offset: Int) -> AtomicWord {
    unsafe AtomicWord((base + offset).assumingMemoryBound(to: UInt64.self))
  }

  @inlinable @inline(__always)
  func cell(_ position: UInt64) -> AtomicWord {
    word(Layout.cells &+ Int(truncatingIfNeeded: position & mask) &* 8)
  }

  @inlinable @inline(__always)
  func lap(_ position: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: position &>> shift) &+ 1 }

  /// How many laps a cell is ahead of what position expects.
  @inlinable @inline(__always)
  func lead(_ content: UInt64, _ position: UInt64) -> Int32 {
    Int32(bitPattern: UInt32(truncatingIfNeeded: content &>> 32) &- lap(position))
  }

  /// Appends `number`.
  ///
  /// - Returns: `false` when the queue is full.
  /// - Complexity: O(1).
  @inlinable
  public func push(_ number: UInt32) -> Bool {
    while true {
      // Pair index-tail: acquires the moves of `tail` below.
      let position = word(Layout.tail).loadAcquiring()
      // Pair index-head: acquires the moves of `head` in `pop`.
      let head = word(Layout.head).loadAcquiring()
      let content = cell(position).loadAcquiring()
      if lead(content, position) >= 0 {
        _ = word(Layout.tail).compareExchange(position, position &+ 1)
        continue
      }
      let unread = Int64(bitPattern: position &- head)
      if unread > Int64(mask) { return false }
      // Pair index-filled: what the caller did before is visible to whoever pops the number.
      if cell(position).compareExchange(content, UInt64(lap(position)) << 32 | UInt64(number)) {
        // Pair index-tail.
        _ = word(Layout.tail).compareExchange(position, position &+ 1)
        return true
      }
    }
  }

  /// Removes the oldest number; `nil` when the queue is empty.
  ///
  /// - Complexity: O(1).
  @inlinable
  public func pop() -> UInt32? {
    while true {
      // Pair index-head: a hint; the cell decides.
      let position = word(Layout.head).loadAcquiring()
      // Pair index-filled: acquires the push.
      let content = cell(position).loadAcquiring()
      let lead = lead(content, position)
      if lead == 0 {
        // Pair index-head.
        if word(Layout.head).compareExchange(position, position &+ 1) {
          return UInt32(truncatingIfNeeded: content)
        }
      } else if word(Layout.head).loadAcquiring() == position, lead < 0 {
        return nil
      }
    }
  }

  /// Whether there is nothing to pop.
  @inlinable
  public var isEmpty: Bool {
    // Pair index-filled: sequential, for callers that sleep on the answer.
    let position = word(Layout.head).loadSequential()
    return lead(cell(position).loadSequential(), position) < 0
  }
}
