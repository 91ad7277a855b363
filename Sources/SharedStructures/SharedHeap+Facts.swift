import SharedMemory
import SimDB

extension SharedHeap {
  /// What is known of a heap.
  ///
  /// **Concurrency.** A value.
  public struct Facts: Hashable, Sendable {
    /// What is allocated.
    public var allocations = 0
    /// What of it is not published.
    public var unpublished = 0
    /// Bytes of what is allocated.
    public var bytes = 0
    /// Bytes of its units and of its large allocations, used or not.
    public var reserved = HeapLayout.headerSize
    /// Allocations that have a part of the heap each.
    public var large = 0
  }

  /// What is known of the heap.
  ///
  /// **Concurrency.** Any thread, also through a read-only mapping; the numbers need not be of one
  /// instant.
  ///
  /// - Returns: The counts.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(units), and O(slots of the index).
  public func facts() throws(StoreError) -> Facts {
    var facts = Facts()
    func count(_ header: UnitWord, _ bytes: Int) {
      guard header.is(.live) || header.is(.allocated) else { return }
      facts.allocations += 1
      facts.bytes += bytes
      if header.is(.allocated) { facts.unpublished += 1 }
    }
    for number in HeapClass.strides.indices {
      guard let pool = try knownPool(number) else { continue }
      try pool.attachAll()
      facts.reserved += Int(pool.unitCount) * HeapClass.strides[number]
      for index in 1..<pool.unitCount {
        let unit = try pool.unit(index)
        count(unit.header(), Int(unit.nextWord.loadRelaxed() & 0xFFFF_FFFF))
      }
    }
    for number in try largeNumbers() {
      guard let part = try handle.part(Self.firstLarge + number),
        part.region.count >= HeapLayout.largeHeaderSize
      else { continue }
      defer { withExtendedLifetime(part) {} }
      facts.large += 1
      facts.reserved += part.region.count
      // Pair unit-header.
      count(
        UnitWord(rawValue: part.region.word(at: 0).loadAcquiring()),
        part.region.count - HeapLayout.largeHeaderSize)
    }
    try handle.checkLive()
    return facts
  }

  /// Calls `body` with the handle of all that is published, in no order, until it returns `false`:
  /// so what nobody refers to any more can be found.
  ///
  /// **Concurrency.** As ``facts()``. What is published or freed meanwhile is left out, or not.
  ///
  /// - Parameter body: Returns whether to go on.
  /// - Throws: As ``facts()``; what `body` throws.
  /// - Complexity: As ``facts()``.
  public func forEach(_ body: (HeapHandle) throws -> Bool) throws {
    for number in HeapClass.strides.indices {
      guard let pool = try knownPool(number) else { continue }
      try pool.attachAll()
      for index in 1..<pool.unitCount {
        let header = try pool.unit(index).header()
        guard header.is(.live) else { continue }
        let allocation = HeapHandle(class: number, version: header.version, unit: index)
        guard try body(allocation) else { return }
      }
    }
    for number in try largeNumbers() {
      let allocation = HeapHandle(large: number)
      guard let place = try? largePlace(number, of: allocation), place.header.is(.live) else {
        continue
      }
      guard try body(allocation) else { return }
    }
    try handle.checkLive()
  }

  /// Frees what the dead have allocated and not published, and what they were freeing.
  ///
  /// **Concurrency.** Lock-free; any number at once.
  ///
  /// - Returns: How many allocations were freed.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(units), and O(slots of the index).
  @discardableResult
  public func sweep() throws(StoreError) -> Int {
    _ = try handle.owner()
    var freed = 0
    var deaths = Deaths(handle)
    for number in HeapClass.strides.indices {
      guard let pool = try knownPool(number) else { continue }
      // A forked child pins the units for itself.
      _ = try pool.owner()
      try pool.findFree { (index, unit, header) throws(StoreError) in
        if try freeIfOfDead(index, unit, header, in: pool, &deaths) { freed += 1 }
      }
    }
    for number in try largeNumbers() {
      guard let part = try handle.part(Self.firstLarge + number),
        part.region.count >= HeapLayout.largeHeaderSize
      else { continue }
      defer { withExtendedLifetime(part) {} }
      let word = part.region.word(at: 0)
      // Pair unit-header.
      let header = UnitWord(rawValue: word.loadAcquiring())
      switch header.state {
      case .allocated:
        guard deaths.isDead(header.owner) else { continue }
        // Pair unit-header: the dead publishes nothing.
        guard word.compareExchange(header.rawValue, header.next(.gone).rawValue) else { continue }
        freed += 1
      case .gone: break
      case .live: continue
      default: throw handle.corrupt(.heap, "an allocation has no state")
      }
      try handle.removePart(Self.firstLarge + number)
    }
    try handle.checkLive()
    return freed
  }

  /// Frees a unit that the dead have allocated and not published.
  func freeIfOfDead(
    _ index: UInt64, _ unit: Unit, _ header: UnitWord, in pool: NodePool, _ deaths: inout Deaths
  ) throws(StoreError) -> Bool {
    guard header.is(.allocated) || header.is(.live) else {
      throw handle.corrupt(.heap, "a unit has no state")
    }
    return header.is(.allocated) && deaths.isDead(header.owner)
      && pool.release(index, unit, header)
  }
}
