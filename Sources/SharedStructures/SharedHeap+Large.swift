import SharedMemory
import SimDB

/// Allocations that have a part of the heap each.
///
///     allocated(owner) -> live -> gone, and then the part is removed
///     allocated(owner) -> gone
///
/// The version of its state tells the number, so that a reader which cannot pin it sees when
/// another lies there.
extension SharedHeap {
  /// What a handle has bits for.
  private static var largeNumbersRange: Range<UInt64> { 1..<1 << 59 }

  func allocateLarge(byteCount: Int, type: TypeID) throws(StoreError) -> HeapHandle {
    let owner = try handle.owner()
    guard byteCount <= Int.max - HeapLayout.largeHeaderSize else {
      throw StoreError(
        .full, place: handle.place(.heap), reason: "no store has \(byteCount) bytes",
        remedy: "allocate less")
    }
    let number = handle.region.word(at: HeapLayout.large).addRelaxed(1) &+ 1
    guard Self.largeNumbersRange.contains(number) else {
      throw handle.corrupt(.heap, "it has given out \(number) numbers")
    }
    var isMine = false
    func makePart() throws(StoreError) {
      _ = try handle.part(
        Self.firstLarge + number,
        creating: (
          byteCount: HeapLayout.largeHeaderSize + byteCount,
          initialize: { region in
            isMine = true
            region.word(at: 0).storeRelaxed(
              UnitWord.large(number).next(.allocated, owner.rawValue).rawValue)
            region.word(at: HeapLayout.largeFacts).storeRelaxed(UInt64(type.rawValue))
          }
        ))
    }
    do throws(StoreError) { try makePart() } catch {
      guard error.code == .full else { throw error }
      // What the dead have left may be room enough.
      try sweep()
      try makePart()
    }
    guard isMine else { throw handle.corrupt(.heap, "it has given out a number twice") }
    try handle.checkLive()
    return HeapHandle(large: number)
  }

  func largePlace(_ number: UInt64, of allocation: HeapHandle) throws(StoreError) -> Place {
    guard Self.largeNumbersRange.contains(number),
      let part = try handle.part(Self.firstLarge + number)
    else { throw notAllocated(allocation) }
    let region = part.region
    guard region.count >= HeapLayout.largeHeaderSize else {
      throw handle.corrupt(.heap, "an allocation is shorter than its header")
    }
    let word = region.word(at: 0)
    // Pair unit-header: what its owner wrote is visible.
    let header = UnitWord(rawValue: word.loadAcquiring())
    guard header.is(.live) || header.is(.allocated),
      header.version == UnitWord.large(number).next(.allocated).version
    else { throw notAllocated(allocation) }
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
        number > Self.firstLarge,
        Self.largeNumbersRange.contains(number - Self.firstLarge)
      else { return nil }
      return number - Self.firstLarge
    }
  }
}
