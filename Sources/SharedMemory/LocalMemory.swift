/// A piece of this process's own memory that handles such as ``LocalRing`` and ``LocalTable`` point
/// into.
///
/// Handles are plain words, so that a loop may copy them without touching a reference count. They
/// live as long as their memory: whoever keeps a handle keeps its `LocalMemory` beside it.
///
/// **Concurrency.** The owner may be shared; what the bytes mean is the handles' business.
@safe
public final class LocalMemory: @unchecked Sendable {
  /// Alignment of every piece: two cache lines, because processors fetch lines in pairs.
  @usableFromInline static let alignment = 128

  @usableFromInline let base: UnsafeMutableRawPointer
  /// Size in bytes.
  public let byteCount: Int

  /// Allocates `byteCount` bytes, at least one, with undefined content.
  init(byteCount: Int) {
    precondition(byteCount > 0, "memory needs a size")
    unsafe base = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: Self.alignment)
    self.byteCount = byteCount
  }

  deinit { unsafe base.deallocate() }

  /// Sets the bytes from `offset` on to zero.
  func clear(at offset: Int, count: Int) {
    precondition(offset >= 0 && count >= 0 && offset <= byteCount - count, "outside the memory")
    unsafe (base + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }
}

/// A fixed number of plain values in a ``LocalMemory``.
///
/// **Concurrency.** None of its own: elements are written before the table is shared, or by one
/// thread at a time.
@safe @frozen
public struct LocalTable<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  /// Number of elements.
  public let count: Int

  @usableFromInline
  init(base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// Makes a table of `elements` and the memory that keeps it alive.
  public static func make(_ elements: [Element]) -> (table: LocalTable, memory: LocalMemory) {
    let memory = LocalMemory(byteCount: max(1, elements.count * MemoryLayout<Element>.stride))
    let start = unsafe memory.base.bindMemory(to: Element.self, capacity: elements.count)
    for (index, element) in elements.enumerated() {
      unsafe (start + index).initialize(to: element)
    }
    return (unsafe LocalTable(base: start, count: elements.count), memory)
  }

  /// The element at `index`, which must be in `0..<count`.
  ///
  /// - Complexity: O(1).
  @inlinable
  public subscript(_ index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count, "index outside the table")
      return unsafe base[index]
    }
    @inline(__always) nonmutating set {
      precondition(index >= 0 && index < count, "index outside the table")
      unsafe base[index] = newValue
    }
  }
}
