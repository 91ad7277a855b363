import Synchronization

/// A handle on a buffer of a ``LocalBufferPool``.
///
/// **Concurrency.** Written by the thread that made it, before it is queued; read by any holder.
/// The handle may be used while its holder was not released and the pool lives.
@safe
public struct LocalBuffer: @unchecked Sendable {
  /// What stands before the bytes.
  @safe
  struct Header: ~Copyable {
    let holders: Atomic<Int>
    var byteCount: Int
    var classIndex: Int
    /// The next free buffer of a chain.
    var next: UnsafeMutableRawPointer?
    /// Neighbours in the list of all buffers.
    var later: UnsafeMutableRawPointer?
    var earlier: UnsafeMutableRawPointer?
  }

  @usableFromInline static var headerBytes: Int { 64 }

  @usableFromInline let base: UnsafeMutableRawPointer

  private init(_ base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// The buffer that `handle` stands for.
  ///
  /// `handle` must come from ``handle`` of a buffer that still has a holder: an envelope in one of
  /// this process's own rings. Envelopes from elsewhere never reach this initializer.
  @inlinable
  package init(handle: UInt64) {
    unsafe base = UnsafeMutableRawPointer(bitPattern: UInt(handle))!
  }

  /// The address as a number that fits an envelope.
  public var handle: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }

  /// Bytes that fit.
  public var byteCount: Int { unsafe header.pointee.byteCount }

  var classIndex: Int { unsafe header.pointee.classIndex }

  private var header: UnsafeMutablePointer<Header> {
    unsafe base.assumingMemoryBound(to: Header.self)
  }

  func begin(holders: Int) {
    unsafe header.pointee.holders.store(holders, ordering: .relaxed)
  }

  /// Adds a holder, before the handle is queued for it.
  public func hold() {
    unsafe header.pointee.holders.wrappingAdd(1, ordering: .relaxed)
  }

  /// Drops holders; `true` for whoever dropped the last.
  func drop(_ count: Int) -> Bool {
    // Pair buffer-released: each holder's reads happen before the last one's reuse.
    let left = unsafe header.pointee.holders.wrappingSubtract(
      count, ordering: .acquiringAndReleasing
    ).newValue
    precondition(left >= 0, "a buffer was released more often than held")
    // Pair buffer-released: the last one acquires what the others released.
    return left == 0
  }

  /// Copies `bytes` to the start of the buffer, where they must fit.
  ///
  /// - Complexity: O(bytes).
  public func write(_ bytes: RawSpan) {
    precondition(bytes.byteCount <= byteCount, "the bytes do not fit the buffer")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + Self.headerBytes).copyMemory(from: start, byteCount: source.count)
    }
  }

  /// Reads a plain value at the start of the buffer.
  @inlinable @inline(__always)
  public func load<Value: SharedValue>(as type: Value.Type) -> Value {
    precondition(MemoryLayout<Value>.size <= byteCount, "access outside a buffer")
    return unsafe (base + Self.headerBytes).loadUnaligned(as: type)
  }

  /// Lends the first `count` bytes.
  public func withSpan<Result: ~Copyable, Failure: Error>(
    count: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(count >= 0 && count <= byteCount, "access outside a buffer")
    return try body(
      unsafe RawSpan(
        _unsafeStart: UnsafeRawPointer(base + Self.headerBytes), byteCount: count))
  }

  /// Free buffers of one class, last in first out.
  @safe
  struct Chain {
    private var first: UnsafeMutableRawPointer?
    private(set) var count = 0

    init() { unsafe first = nil }

    mutating func push(_ buffer: LocalBuffer) {
      unsafe buffer.header.pointee.next = first
      unsafe first = buffer.base
      count += 1
    }

    mutating func pop() -> LocalBuffer? {
      guard let start = unsafe first else { return nil }
      let buffer = unsafe LocalBuffer(start)
      unsafe first = buffer.header.pointee.next
      count -= 1
      return buffer
    }
  }

  /// Every buffer of a pool: makes and frees them.
  @safe
  struct Registry {
    private var latest: UnsafeMutableRawPointer?
    private(set) var count = 0

    init() { unsafe latest = nil }

    mutating func make(byteCount: Int, class index: Int) -> LocalBuffer {
      let base = UnsafeMutableRawPointer.allocate(
        byteCount: LocalBuffer.headerBytes + byteCount, alignment: 64)
      let header = unsafe base.bindMemory(to: Header.self, capacity: 1)
      unsafe header.initialize(
        to: Header(
          holders: Atomic(0), byteCount: byteCount, classIndex: index, next: nil, later: nil,
          earlier: latest))
      if let before = unsafe latest { unsafe LocalBuffer(before).header.pointee.later = base }
      unsafe latest = base
      count += 1
      return unsafe LocalBuffer(base)
    }

    mutating func free(_ buffer: LocalBuffer) {
      let (later, earlier) = unsafe (buffer.header.pointee.later, buffer.header.pointee.earlier)
      if let later = unsafe later {
        unsafe LocalBuffer(later).header.pointee.earlier = earlier
      } else {
        unsafe latest = earlier
      }
      if let earlier = unsafe earlier { unsafe LocalBuffer(earlier).header.pointee.later = later }
      count -= 1
      unsafe buffer.header.deinitialize(count: 1)
      unsafe buffer.base.deallocate()
    }

    mutating func freeAll() {
      while let start = unsafe latest { free(unsafe LocalBuffer(start)) }
    }
  }
}
