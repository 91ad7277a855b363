import SharedMemory
import SimDB
import Synchronization

/// The chunks in which the records of interned strings lie.
///
/// Chunks are parts of the structure, numbered from 0. Each is twice as large as the one before, up
/// to 16 MiB, or as large as the one string that it was made for. Records lie one behind the other;
/// nothing is ever moved or freed, so a chunk that was found stays attached.
///
/// **Concurrency.** Any number of threads and processes. Claiming room is lock-free.
final class StringChunks: Sendable {
  let handle: StructureHandle
  private let firstSize: Int
  private let known = (0..<StringLink.mostChunks).map { _ in Place() }
  /// The regions of those, for who only reads.
  private let regions = WriteOnceTable<SharedRegion>(capacity: StringLink.mostChunks)

  static let greatestSize = 16 << 20

  /// A chunk, once it was found.
  private final class Place: Sendable {
    let handle = AtomicLazyReference<StructureHandle>()
  }

  init(_ handle: StructureHandle, firstSize: Int) {
    self.handle = handle
    self.firstSize = firstSize
  }

  private func size(of number: Int) -> Int {
    min(firstSize << min(number, 20), max(firstSize, Self.greatestSize))
  }

  /// A chunk that is there; `nil` when it is not.
  ///
  /// - Throws: `corrupt`; as attaching to a part.
  @inline(__always)
  func chunk(_ number: Int) throws(StoreError) -> SharedRegion? {
    guard number < StringLink.mostChunks else { return nil }
    if let region = regions[number] { return region }
    if let chunk = known[number].handle.load() { return chunk.region }
    return try attach(number, creating: nil)?.region
  }

  @inline(never)
  private func attach(
    _ number: Int, creating: (byteCount: Int, initialize: (SharedRegion) -> Void)?
  ) throws(StoreError) -> StructureHandle? {
    guard let part = try handle.part(UInt64(number), creating: creating) else { return nil }
    guard part.region.count >= StringsLayout.chunkHeader,
      part.region.word32(at: 0).loadRelaxed() == StringsLayout.version
    else { throw handle.corrupt(.strings, "chunk \(number) is none") }
    let kept = known[number].handle.storeIfNil(part)
    if kept === part { regions.fill(number, with: part.region) }
    return kept
  }

  /// A chunk for writing, made if it is not there, with room for `byteCount`.
  private func writableChunk(_ number: Int, for byteCount: Int) throws(StoreError) -> SharedRegion {
    let needed = max(size(of: number), StringsLayout.chunkHeader + byteCount)
    var chunk = known[number].handle.load()
    if chunk == nil {
      chunk = try attach(
        number,
        creating: (
          byteCount: needed,
          initialize: { $0.word32(at: 0).storeRelaxed(StringsLayout.version) }
        ))
    }
    guard let chunk else { throw handle.corrupt(.strings, "chunk \(number) is not there") }
    // A forked child pins it for itself.
    _ = try chunk.owner()
    return chunk.region
  }

  /// Claims room for a record.
  ///
  /// - Throws: `full`, `corrupt`, `readOnly`.
  /// - Complexity: O(records that others claimed meanwhile); a chunk may have to be made.
  func claim(
    _ byteCount: Int
  ) throws(StoreError) -> (chunk: Int, region: SharedRegion, offset: Int) {
    let owner = try handle.owner()
    let claim = StringRecordWord(.writing, owner: owner, byteCount: byteCount)
    let hint = handle.region.word(at: StringsLayout.chunkHint)
    let first = Int(clamping: hint.loadRelaxed())
    guard first <= StringLink.mostChunks else {
      throw handle.corrupt(.strings, "there is no chunk \(first)")
    }
    for number in first..<StringLink.mostChunks {
      let region = try writableChunk(number, for: byteCount)
      if let offset = try self.claim(claim, in: region, number) {
        return (number, region, offset)
      }
      // Few bytes are left there. What is large looks further, and leaves the rest to the small.
      if byteCount <= region.count / 8 {
        // No pair: a hint.
        _ = hint.compareExchange(UInt64(number), UInt64(number + 1))
      }
    }
    throw StoreError(
      .full, place: handle.place(.strings),
      reason: "its \(StringLink.mostChunks) chunks are full",
      remedy: "create it with a larger first chunk, or begin another")
  }

  /// Claims the first free room of a chunk; `nil` when there is not enough.
  private func claim(
    _ claim: StringRecordWord, in region: SharedRegion, _ number: Int
  ) throws(StoreError) -> Int? {
    let end = region.word(at: StringsLayout.chunkEnd)
    let hint = end.loadRelaxed()
    var offset = max(StringsLayout.chunkHeader, Int(clamping: hint))
    guard offset & 7 == 0, offset <= region.count else {
      throw handle.corrupt(.strings, "the end of chunk \(number) lies outside")
    }
    while claim.byteCount <= region.count - offset {
      let word = region.word(at: offset)
      // No pair: what is behind a claim is of no interest.
      if word.loadRelaxed() == 0, word.compareExchange(0, claim.rawValue) {
        // No pair: a hint.
        _ = end.compareExchange(hint, UInt64(offset + claim.byteCount))
        return offset
      }
      let other = StringRecordWord(rawValue: word.loadRelaxed()).byteCount
      guard other > 0, other <= region.count - offset else {
        throw handle.corrupt(.strings, "a record of chunk \(number) lies outside")
      }
      offset += other
    }
    return nil
  }

  /// Calls `body` with the words of all records of all chunks.
  ///
  /// - Throws: `corrupt`.
  /// - Complexity: O(records).
  func forEachRecord(
    _ body: (_ word: StringRecordWord, _ place: (chunk: Int, offset: Int)) -> Void
  ) throws(StoreError) {
    for number in 0..<StringLink.mostChunks {
      guard let region = try chunk(number) else { return }
      var offset = StringsLayout.chunkHeader
      while offset <= region.count - 8 {
        let word = StringRecordWord(rawValue: region.word(at: offset).loadRelaxed())
        if word.rawValue == 0 { break }
        guard word.byteCount > 0, word.byteCount <= region.count - offset else {
          throw handle.corrupt(.strings, "a record of chunk \(number) lies outside")
        }
        body(word, (number, offset))
        offset += word.byteCount
      }
    }
  }
}
