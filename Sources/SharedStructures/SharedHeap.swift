import SharedMemory
import SimDB

/// A named heap in a database: bytes of any size that a group of processes allocates and frees by
/// handles, which mean the same in each of them and may lie in any other structure.
///
/// What was allocated belongs to its process, which fills it, until it is published; then it
/// belongs to the heap, does not change any more, and is freed by whoever has the handle, or with
/// the heap. What a process had not published when it died is freed when somebody needs the room,
/// or calls ``sweep()``; large ones then, or when a large one finds no room. A handle whose
/// allocation was freed is refused.
///
/// ```swift
/// let scene = try database.heap("scene", creating: true)
/// let mesh = try scene.allocate(byteCount: 480)
/// try scene.withMutableBytes(mesh) { $0.storeBytes(of: 1.5, as: Double.self) }
/// try scene.publish(mesh)
/// let length = try scene.withBytes(mesh) { $0.byteCount }  // 480, in any process
/// try scene.free(mesh)
/// ```
///
/// Up to 4,080 bytes lie in units of one of 13 sizes, which are used again but never given back to
/// the store; larger ones have a part of the heap each.
///
/// **Concurrency.** `Sendable`; any number of threads and processes. Lock-free but for making
/// parts.
public final class SharedHeap: Sendable {
  let handle: StructureHandle
  /// The units of each class, once they were found.
  private let pools = HeapClass.strides.map { _ in WriteOnceReference<NodePool>() }

  /// Name of the heap.
  public var name: String { handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    try handle.checkVersion(.heap, expected: HeapLayout.version, headerSize: HeapLayout.headerSize)
  }

  // MARK: Allocating and freeing

  /// Allocates `byteCount` bytes, all zero, that belong to this process until they are published.
  ///
  /// **Concurrency.** Lock-free, but where units of their size are used up.
  ///
  /// - Parameters:
  ///   - byteCount: 16 bytes are the least that is taken.
  ///   - type: What they are, for viewers and readers.
  /// - Returns: A handle that no other allocation has.
  /// - Throws: `invalidArgument` for less than none; `full` when the store has no room; `readOnly`,
  ///   `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(bytes); O(units of that size) when all are in use; that of ``sweep()`` when
  ///   there is no room for a large one.
  public func allocate(
    byteCount: Int, type: TypeID = .bytes
  ) throws(StoreError) -> HeapHandle {
    guard byteCount >= 0 else {
      throw StoreError(
        .invalidArgument, place: handle.place(.heap),
        reason: "\(byteCount) bytes cannot be allocated", remedy: "allocate 0 or more")
    }
    guard byteCount <= HeapClass.mostBytes else {
      return try allocateLarge(byteCount: byteCount, type: type)
    }
    let number = HeapClass.number(byteCount)
    let pool = try pool(number)
    let claim = try pool.take(pool.owner()) { owner throws(StoreError) in
      var deaths = Deaths(handle)
      return try pool.takeAtLast(owner) { (index, unit, header) throws(StoreError) in
        _ = try freeIfOfDead(index, unit, header, in: pool, &deaths)
      }
    }
    let unit = claim.unit
    unit.nextWord.storeRelaxed(UInt64(type.rawValue) << 32 | UInt64(byteCount))
    unit.region.clear(at: unit.offset + HeapClass.headerSize, count: byteCount)
    try handle.checkLive()
    return HeapHandle(class: number, version: claim.header.version, unit: claim.index)
  }

  /// Allocates, and copies `bytes` there.
  ///
  /// **Concurrency.** As ``allocate(byteCount:type:)``.
  ///
  /// - Parameters:
  ///   - bytes: Copied before returning.
  ///   - type: What they are.
  ///   - isPublished: Whether all have it at once.
  /// - Returns: As ``allocate(byteCount:type:)``.
  /// - Throws: As ``allocate(byteCount:type:)``.
  /// - Complexity: As ``allocate(byteCount:type:)``.
  public func allocate(
    _ bytes: RawSpan, type: TypeID = .bytes, isPublished: Bool = true
  ) throws(StoreError) -> HeapHandle {
    let allocated = try allocate(byteCount: bytes.byteCount, type: type)
    let place = try place(of: allocated)
    place.region.write(bytes, at: place.start)
    place.keep()
    if isPublished { try publish(allocated) }
    return allocated
  }

  /// Gives what this process has allocated to the heap: all may read and free it, and nobody
  /// changes it any more. What is published already stays so.
  ///
  /// **Concurrency.** Lock-free; what was written before is visible to whoever gets the handle.
  ///
  /// - Throws: `notFound` for what is not allocated; `inUse` for what is another process's;
  ///   `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func publish(_ allocation: HeapHandle) throws(StoreError) {
    let owner = try handle.owner()
    while true {
      let place = try place(of: allocation)
      if place.header.is(.live) { return try handle.checkLive() }
      try checkOwner(of: place, is: owner, allocation)
      // Pair unit-header: all that was written there is visible.
      let isPublished = place.word.compareExchange(
        place.header.rawValue, place.header.published.rawValue)
      place.keep()
      if isPublished { return try handle.checkLive() }
    }
  }

  /// Frees what is published, or this process's.
  ///
  /// **Concurrency.** Lock-free. Whoever is lent the bytes is told afterwards that they are not
  /// what they were; those of a large allocation stay until they are returned, unless the reader's
  /// mapping is read-only.
  ///
  /// - Throws: `notFound` for what is not allocated, such as what was freed already; `inUse` for
  ///   what is another process's; `full` when the store cannot take note that a large one is gone,
  ///   which a ``sweep()`` makes good; `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func free(_ allocation: HeapHandle) throws(StoreError) {
    let owner = try handle.owner()
    while true {
      let place = try place(of: allocation)
      if !place.header.is(.live) { try checkOwner(of: place, is: owner, allocation) }
      if let pool = place.pool {
        // A forked child pins the units for itself.
        _ = try pool.owner()
        let unit = Unit(place.region, place.start - HeapClass.headerSize)
        guard pool.release(allocation.unit, unit, place.header) else { continue }
      } else {
        // Pair unit-header: nobody else frees it.
        let isGone = place.word.compareExchange(
          place.header.rawValue, place.header.next(.gone).rawValue)
        place.keep()
        guard isGone else { continue }
        try handle.removePart(Self.firstLarge + (allocation.number ?? 0))
      }
      return try handle.checkLive()
    }
  }

  // MARK: Bytes

  /// Lends the bytes of an allocation without copying.
  ///
  /// **Concurrency.** Wait-free, and writes nothing; for a large one lock-free, and it is pinned.
  /// What is lent does not change unless somebody frees it while it is lent.
  ///
  /// - Parameters:
  ///   - allocation: Published, or this process's.
  ///   - body: Its span is gone when it returns.
  /// - Returns: What `body` returned, if the bytes were whole until then.
  /// - Throws: `notFound` for what is not allocated, or was freed while it was lent: then what
  ///   `body` has seen counts for nothing; `inUse` for what another process has not published;
  ///   `corrupt`, `dropped`, `segmentLost`; what `body` throws.
  /// - Complexity: O(1).
  public func withBytes<Result>(
    _ allocation: HeapHandle, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    let place = try readablePlace(of: allocation)
    defer { place.keep() }
    let result = try place.region.withSpan(at: place.start, count: place.count, body)
    try checkUnchanged(place, allocation)
    return result
  }

  /// A copy of the bytes of an allocation.
  ///
  /// **Concurrency.** As ``withBytes(_:_:)``.
  ///
  /// - Parameter allocation: Published, or this process's.
  /// - Returns: All of them.
  /// - Throws: As ``withBytes(_:_:)``.
  /// - Complexity: O(bytes).
  public func bytes(_ allocation: HeapHandle) throws(StoreError) -> [UInt8] {
    let place = try readablePlace(of: allocation)
    defer { place.keep() }
    let bytes = place.region.bytes(at: place.start, count: place.count)
    try checkUnchanged(place, allocation)
    return bytes
  }

  /// Lends the bytes of what this process has allocated and not published, to be filled.
  ///
  /// **Concurrency.** Only one thread at a time: the caller sees to it.
  ///
  /// - Parameters:
  ///   - allocation: Of this process.
  ///   - body: Its span is gone when it returns.
  /// - Returns: What `body` returned.
  /// - Throws: `notFound` for what is not allocated; `inUse` for what is published, or another
  ///   process's; `readOnly`, `corrupt`, `dropped`, `segmentLost`; what `body` throws.
  /// - Complexity: O(1).
  public func withMutableBytes<Result>(
    _ allocation: HeapHandle, _ body: (inout MutableRawSpan) throws -> Result
  ) throws -> Result {
    let owner = try handle.owner()
    let place = try place(of: allocation)
    guard !place.header.is(.live) else {
      throw StoreError(
        .inUse, place: handle.place(.heap), reason: "\(allocation.rawValue) is published",
        remedy: "allocate another, fill that, and hand on its handle")
    }
    try checkOwner(of: place, is: owner, allocation)
    defer { place.keep() }
    let result = try place.region.withMutableSpan(at: place.start, count: place.count, body)
    try handle.checkLoss()
    return result
  }

  /// What an allocation is, as who allocated it said.
  ///
  /// **Concurrency.** As ``withBytes(_:_:)``.
  ///
  /// - Parameter allocation: Published, or this process's.
  /// - Returns: What was said when it was allocated.
  /// - Throws: As ``withBytes(_:_:)``.
  /// - Complexity: O(1).
  public func type(_ allocation: HeapHandle) throws(StoreError) -> TypeID {
    let place = try readablePlace(of: allocation)
    defer { place.keep() }
    try checkUnchanged(place, allocation)
    return place.type
  }

  // MARK: Places

  /// Where an allocation lies, and its header as it was then.
  struct Place {
    let region: SharedRegion
    let start: Int
    let count: Int
    let type: TypeID
    let word: AtomicWord
    let header: UnitWord
    /// The units that it is one of; `nil` of a large one.
    let pool: NodePool?
    /// What a large one lies in.
    var part: StructureHandle?

    /// Until here, what a large one lies in is not somebody else's, even if it is freed.
    @inline(__always)
    func keep() { withExtendedLifetime(part) {} }
  }

  /// The parts of large allocations; those before are of classes.
  static let firstLarge: UInt64 = 1 << 32

  /// - Throws: `notFound`, `corrupt`, `segmentLost`.
  func place(of allocation: HeapHandle) throws(StoreError) -> Place {
    if let number = allocation.number { return try largePlace(number, of: allocation) }
    let sizeClass = allocation.sizeClass
    guard sizeClass < HeapClass.strides.count, allocation.unit != 0,
      let pool = try knownPool(sizeClass), try pool.knows(allocation.unit)
    else { throw notAllocated(allocation) }
    let unit = try pool.unit(allocation.unit)
    let header = unit.header()
    guard header.is(.live) || header.is(.allocated),
      header.version & HeapHandle.versionMask == allocation.version
    else { throw notAllocated(allocation) }
    let facts = unit.nextWord.loadRelaxed()
    // Pair unit-header: the same after what it says was read.
    Fence.acquire()
    guard unit.headerWord.loadRelaxed() == header.rawValue else {
      return try place(of: allocation)
    }
    let count = Int(facts & 0xFFFF_FFFF)
    guard count <= HeapClass.strides[sizeClass] - HeapClass.headerSize else {
      throw handle.corrupt(.heap, "an allocation is longer than its unit")
    }
    return Place(
      region: unit.region, start: unit.offset + HeapClass.headerSize, count: count,
      type: TypeID(rawValue: UInt32(facts >> 32)), word: unit.headerWord, header: header,
      pool: pool)
  }

  private func readablePlace(of allocation: HeapHandle) throws(StoreError) -> Place {
    let place = try place(of: allocation)
    if !place.header.is(.live) {
      let owner = handle.database.isWritable ? try handle.owner() : nil
      try checkOwner(of: place, is: owner, allocation)
    }
    return place
  }

  /// - Throws: `notFound` when it was freed meanwhile.
  private func checkUnchanged(
    _ place: Place, _ allocation: HeapHandle
  ) throws(StoreError) {
    // Pair unit-header: looked at again after what was read. It may have been published.
    Fence.acquire()
    let now = UnitWord(rawValue: place.word.loadRelaxed())
    guard now == place.header || now == place.header.published else {
      throw notAllocated(allocation)
    }
    try handle.checkLoss()
  }

  private func checkOwner(
    of place: Place, is owner: ParticipantIdentity?, _ allocation: HeapHandle
  ) throws(StoreError) {
    guard place.header.owner != owner else { return }
    throw StoreError(
      .inUse, place: handle.place(.heap),
      reason: "\(allocation.rawValue) is another process's, which has not published it",
      remedy: "hand on handles of what is published")
  }

  func notAllocated(_ allocation: HeapHandle) -> StoreError {
    if let loss = handle.lossError { return loss }
    return StoreError(
      .notFound, place: handle.place(.heap),
      reason: "nothing is allocated at \(allocation.rawValue); it was freed, or never was",
      remedy: "use handles of this heap, and none that somebody frees")
  }

  /// The units of a class; `nil` when there are none yet.
  func knownPool(_ number: Int) throws(StoreError) -> NodePool? {
    if let pool = pools[number].load() { return pool }
    guard let part = try handle.part(UInt64(number)) else { return nil }
    return try attach(part, number)
  }

  /// The units of a class, made if there are none.
  private func pool(_ number: Int) throws(StoreError) -> NodePool {
    if let pool = try knownPool(number) { return pool }
    let part = try handle.part(
      UInt64(number),
      creating: NodePool.blueprint(
        stride: HeapClass.strides[number], bits: HeapClass.firstBits,
        maximumBits: NodePool.mostBits))
    guard let part else { throw handle.corrupt(.heap, "a part is gone") }
    return try attach(part, number)
  }

  private func attach(_ part: StructureHandle, _ number: Int) throws(StoreError) -> NodePool {
    pools[number].storeIfNil(
      try NodePool(
        part, .heap, stride: HeapClass.strides[number], headsSize: 0, isSorted: false))
  }
}

extension Database {
  /// Attaches to the heap named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the heap's entry.
  ///   - creating: Whether to create it when there is none.
  /// - Returns: The heap.
  /// - Throws: `notFound`, `typeMismatch`, `full`, `corrupt`, `incompatible`, `readOnly`,
  ///   `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func heap(_ name: String, creating: Bool = false) throws(StoreError) -> SharedHeap {
    try SharedHeap(
      structure(
        name, type: .heap,
        creating: creating
          ? (
            byteCount: HeapLayout.headerSize,
            initialize: { $0.word32(at: 0).storeRelaxed(HeapLayout.version) }
          ) : nil))
  }
}
