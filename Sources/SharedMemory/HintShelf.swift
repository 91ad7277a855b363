import CSharedMemory

/// Numbers that are probably of use, put aside for the threads of this process.
///
/// What is taken may have been taken by another as well, and what was put may be gone: whoever uses
/// a number makes sure that it is good for something. So no step here needs to be more than a load
/// or a store, and threads that do not share a place never wait for each other's cache lines.
///
/// **Concurrency.** Wait-free; any threads at once.
@safe @frozen
public struct HintShelf: @unchecked Sendable {
  // A place: byte 0 how many numbers | 64 numbers
  @usableFromInline enum Layout {
    @usableFromInline static let places: UInt32 = 16
    @usableFromInline static let capacity: UInt64 = 24
    @usableFromInline static let numbers = 64
    @usableFromInline static let size = 256
  }

  @usableFromInline let base: UnsafeMutableRawPointer

  /// Makes an empty shelf and the memory that keeps it alive.
  public static func make() -> (shelf: HintShelf, memory: LocalMemory) {
    let byteCount = Int(Layout.places) * Layout.size
    let memory = LocalMemory(byteCount: byteCount)
    memory.clear(at: 0, count: byteCount)
    return (unsafe HintShelf(base: memory.base), memory)
  }

  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  @inlinable @inline(__always)
  func word(_ offset: Int) -> AtomicWord {
    unsafe AtomicWord((base + offset).assumingMemoryBound(to: UInt64.self))
  }

  @inlinable @inline(__always)
  var place: Int { Int(shm_thread_number() % Layout.places) &* Layout.size }

  @inlinable @inline(__always)
  func number(_ place: Int, _ position: UInt64) -> AtomicWord {
    word(place &+ Layout.numbers &+ Int(truncatingIfNeeded: position) &* 8)
  }

  /// Puts `number` aside.
  ///
  /// - Returns: `false` where there is no room for it.
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public func put(_ number: UInt64) -> Bool {
    let place = place
    let count = word(place).loadRelaxed()
    guard count < Layout.capacity else { return false }
    self.number(place, count).storeRelaxed(number)
    word(place).storeRelaxed(count &+ 1)
    return true
  }

  /// Takes the number that was put last.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public func take() -> UInt64? {
    let place = place
    let count = word(place).loadRelaxed()
    guard count > 0 else { return nil }
    let number = number(place, count &- 1).loadRelaxed()
    word(place).storeRelaxed(count &- 1)
    return number
  }
}
