/// Buffers for packets of any size inside one process, reused instead of freed.
///
/// A buffer has a count of holders: one for each destination it is queued for. Whoever releases the
/// last one returns it. Threads allocate and release through a ``LocalBufferCache`` of their own,
/// so that the pool's lock is taken once in many packets.
///
/// **Concurrency.** Safe from any thread.
public final class LocalBufferPool: Sendable {
  /// The smallest buffer; each class doubles the one before.
  static let smallestBytes = 256
  /// Number of classes: 256 bytes to 1 MiB. Larger buffers are made to measure and freed at once.
  static let classCount = 13

  private let stores = LocalMutex(Stores())

  private struct Stores: @unchecked Sendable {
    var free: [LocalBuffer.Chain] = Array(repeating: .init(), count: LocalBufferPool.classCount)
    /// Every buffer that exists, so that the pool can free what nobody returned.
    var all = LocalBuffer.Registry()
  }

  /// Makes an empty pool.
  public init() {}

  deinit {
    // Whatever still stands in queues goes with the pool.
    stores.withLock { $0.all.freeAll() }
  }

  /// Buffers handed out and not returned to the pool or to a cache that was emptied.
  public var liveCount: Int {
    stores.withLock { stores in
      stores.all.count - stores.free.reduce(0) { $0 + $1.count }
    }
  }

  /// Moves up to `count` free buffers of a class into `chain`, or makes one.
  func refill(_ chain: inout LocalBuffer.Chain, class index: Int, count: Int) {
    stores.withLock { stores in
      for _ in 0..<count {
        guard let buffer = stores.free[index].pop() else { break }
        chain.push(buffer)
      }
      if chain.count == 0 {
        chain.push(stores.all.make(byteCount: Self.smallestBytes << index, class: index))
      }
    }
  }

  /// Takes `count` free buffers of a class out of `chain`.
  func absorb(_ chain: inout LocalBuffer.Chain, class index: Int, count: Int) {
    stores.withLock { stores in
      for _ in 0..<count {
        guard let buffer = chain.pop() else { break }
        stores.free[index].push(buffer)
      }
    }
  }

  func makeLarge(byteCount: Int) -> LocalBuffer {
    stores.withLock { $0.all.make(byteCount: byteCount, class: Self.classCount) }
  }

  func freeLarge(_ buffer: LocalBuffer) {
    stores.withLock { $0.all.free(buffer) }
  }
}

/// One thread's way into a ``LocalBufferPool``.
///
/// **Concurrency.** One thread at a time.
public final class LocalBufferCache {
  /// Most free buffers kept of a class; half of them move when the cache is full or empty.
  private static let limit = 32
  /// Most free bytes kept of a class.
  private static let limitBytes = 1 << 18

  private let pool: LocalBufferPool
  private var chains: [LocalBuffer.Chain]

  /// Makes an empty cache.
  public init(_ pool: LocalBufferPool) {
    self.pool = pool
    chains = Array(repeating: .init(), count: LocalBufferPool.classCount)
  }

  deinit { empty() }

  /// Returns all free buffers to the pool.
  public func empty() {
    for index in chains.indices {
      pool.absorb(&chains[index], class: index, count: chains[index].count)
    }
  }

  /// A buffer of at least `byteCount` bytes with `holders` holders; its content is undefined.
  ///
  /// - Complexity: O(1); allocates only while the pool grows, or above 1 MiB.
  public func make(byteCount: Int, holders: Int) -> LocalBuffer {
    precondition(byteCount >= 0 && holders > 0, "a buffer has a size and a holder")
    let buffer: LocalBuffer
    if let index = Self.classIndex(byteCount) {
      if chains[index].count == 0 {
        pool.refill(&chains[index], class: index, count: Self.limit(index) / 2)
      }
      buffer = chains[index].pop()!
    } else {
      buffer = pool.makeLarge(byteCount: byteCount)
    }
    buffer.begin(holders: holders)
    return buffer
  }

  /// Gives up `count` holders of `buffer`; the last one returns it.
  ///
  /// - Complexity: O(1).
  public func release(_ buffer: LocalBuffer, count: Int = 1) {
    guard buffer.drop(count) else { return }
    let index = buffer.classIndex
    guard index < LocalBufferPool.classCount else {
      pool.freeLarge(buffer)
      return
    }
    chains[index].push(buffer)
    let limit = Self.limit(index)
    if chains[index].count > limit {
      pool.absorb(&chains[index], class: index, count: (limit + 1) / 2)
    }
  }

  private static func classIndex(_ byteCount: Int) -> Int? {
    var index = 0
    while index < LocalBufferPool.classCount {
      if LocalBufferPool.smallestBytes << index >= byteCount { return index }
      index += 1
    }
    return nil
  }

  private static func limit(_ index: Int) -> Int {
    max(1, min(limit, limitBytes / (LocalBufferPool.smallestBytes << index)))
  }
}
