import SharedMemory
import SimDB

/// Allocations that have a part of the heap each.
///
///     allocated(owner) -> live -> gone, and then the part is removed
///     allocated(owner) -> gone
extension SharedHeap {
  func allocateLarge(byteCount: Int, type: TypeID) throws(StoreError) -> HeapHandle {
    let owner = try handle.owner()
    guard byteCount <= Int.max - HeapLayout.largeHeaderSize else {
      throw StoreError(
        .full, place: handle.place(.heap), reason: "no store has \(byteCount) bytes",
        remedy: "allocate less")
    }
    let number = handle.region.word(at: HeapLayout.large).addRelaxed(1) + 1
    func makePart() throws(StoreError) {
      _ = try handle.part(
        Self.firstLarge + number,
        creating: (
          byteCount: HeapLayout.largeHeaderSize + byteCount,
          initialize: { region in
            let header = UnitWord(rawValue: 0).next(.allocated, owner.rawValue)
            region.word(at: 0).storeRelaxed(header.rawValue)
            region.word(at: HeapLayout.largeFacts).storeRelaxed(UInt64(type.rawValue))
          }
        ))
    }
    do throws(StoreError) { try makePart() } catch {
      // What the dead have left may be room enough.
      guard error.code == .full, try sweep() > 0 else { throw error }
      try makePart()
    }
    try handle.checkLive()
    return HeapHandle(large: number)
  }

  func largePlace(_ number: UInt64, of allocation: HeapHandle) throws(StoreError) -> Place {
    guard number > 0, let part = try handle.part(Self.firstLarge + number) else {
      throw notAllocated(allocation)
    }
    let region = part.region
    guard region.count >= HeapLayout.largeHeaderSize else {
      throw handle.corrupt(.heap, "an allocation is shorter than its header")
    }
    let word = region.word(at: 0)
    // Pair unit-header: what its owner wrote is visible.
    let header = UnitWord(rawValue: word.loadAcquiring())
    guard header.is(.live) || header.is(.allocated) else { throw notAllocated(allocation) }
    return Place(
      region: region, start: HeapLayout.largeHeaderSize,
      count: region.count - HeapLayout.largeHeaderSize,
      type: TypeID(
        rawValue: UInt32(
          truncatingIfNeeded: region.word(at: HeapLayout.largeFacts).loadRelaxed())),
      word: word, header: header, pool: nil, part: part)
  }

  /// The numbers of all large allocations, and of what was not removed when it was freed.
  func largeNumbers() throws(StoreError) -> [UInt64] {
    let prefix = String(handle.partKey(0).dropLast())
    return try handle.database.keys(prefix: prefix).compactMap { key in
      // The parts of classes have lower numbers, and parts of theirs.
      guard let number = UInt64(String(decoding: key.dropFirst(prefix.utf8.count), as: UTF8.self)),
        number > Self.firstLarge
      else { return nil }
      return number - Self.firstLarge
    }
  }
}
