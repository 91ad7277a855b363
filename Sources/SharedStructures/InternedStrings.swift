import SharedMemory
import SimDB

/// A named set of byte strings, each of which has a number that stands for it.
///
/// A string is kept once, for ever, and never moves; the same string has the same handle in every
/// process. So names that come again and again travel and compare as 64-bit numbers.
///
/// ```swift
/// let words = try database.strings("words", creating: StringsGeometry())
/// let handle = try words.intern("telemetry")
/// print(try words.find("telemetry") == handle, try words.string(handle))
/// ```
///
/// Strings are found through a trie of nodes with sixteen children, one for each four bits of the
/// hash. A child is empty, a string, or a node, and only ever changes in this order, by one
/// compare-and-swap; so the trie grows without moving anything, and whoever reads never waits. Of
/// two who intern one string at once, one wins; the other's record is abandoned, and stays so.
///
/// **Concurrency.** `Sendable`; any number of readers and writers in any process. Interning is
/// lock-free; reading is wait-free, writes nothing and needs no more than a read-only mapping. A
/// process that dies while it interns leaves the string there or not, and at most two records that
/// nobody uses.
///
/// - SeeAlso: Bagwell (2001), Ideal Hash Trees; Prokopec and others (2012),
///   doi:10.1145/2145816.2145836.
public final class InternedStrings: Sendable {
  let handle: StructureHandle
  let chunks: StringChunks
  private let hash: KeyHash
  /// For the lower half of the trie, where the first one is used up.
  private let secondHash: KeyHash

  /// Bytes that a string may have.
  public static let maximumLength = 1 << 24

  /// Name of the structure.
  public var name: String { handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    try handle.checkVersion(
      .strings, expected: StringsLayout.version, headerSize: StringsLayout.byteCount)
    let firstSize = Int(
      clamping: handle.region.word(at: StringsLayout.chunkSize).loadRelaxed())
    guard handle.region.count == StringsLayout.byteCount, Self.isPossible(chunkSize: firstSize)
    else { throw handle.corrupt(.strings, "its sizes contradict each other") }
    chunks = StringChunks(handle, firstSize: firstSize)
    let seed = handle.region.word(at: StringsLayout.seed).loadRelaxed()
    hash = KeyHash(seed: seed)
    secondHash = KeyHash(seed: ~seed)
  }

  static func isPossible(chunkSize: Int) -> Bool {
    (1 << 10...1 << 30).contains(chunkSize) && chunkSize & (chunkSize - 1) == 0
  }

  // MARK: The trie

  /// Sixteen children.
  private struct Node {
    let region: SharedRegion
    let offset: Int

    @inline(__always)
    func child(_ number: Int) -> AtomicWord { region.word(at: offset &+ number &* 8) }
  }

  /// A string's record that was found.
  struct StringRecord {
    let region: SharedRegion
    let offset: Int
    let hash: UInt64
    let length: Int

    @inline(__always)
    var start: Int { offset &+ StringsLayout.recordSize }

    @inline(__always)
    func holds(_ bytes: RawSpan) -> Bool {
      length == bytes.byteCount && region.equals(bytes, at: start)
    }
  }

  private static let nodeSize = 8 + 16 * 8
  /// Four bits each of two hashes of 64.
  private static let depth = 32

  private var root: Node { Node(region: handle.region, offset: StringsLayout.root) }

  @inline(__always)
  private func branch(_ hash: UInt64, level: Int, _ second: @autoclosure () -> UInt64) -> Int {
    let hash = level < 16 ? hash : second()
    return Int(hash >> UInt64((level & 15) * 4) & 15)
  }

  @inline(__always)
  private func node(_ link: StringLink) throws(StoreError) -> Node {
    guard let region = try chunks.chunk(link.chunk),
      link.offset >= StringsLayout.chunkHeader, link.offset <= region.count - Self.nodeSize
    else { throw corrupt("a node lies outside") }
    return Node(region: region, offset: link.offset + 8)
  }

  /// The record of a string; `nil` when none is there.
  @inline(__always)
  func record(_ link: StringLink) throws(StoreError) -> StringRecord? {
    guard !link.isNode, let region = try chunks.chunk(link.chunk),
      link.offset >= StringsLayout.chunkHeader,
      link.offset <= region.count - StringsLayout.recordSize
    else { return nil }
    let word = StringRecordWord(rawValue: region.word(at: link.offset).loadRelaxed())
    let hash = region.word(at: link.offset + StringsLayout.recordHash).loadRelaxed()
    let length = Int(
      clamping: region.word(at: link.offset + StringsLayout.recordLength).loadRelaxed())
    guard word.state == .string, link.agrees(with: hash),
      word.byteCount <= region.count - link.offset,
      length <= word.byteCount - StringsLayout.recordSize
    else { return nil }
    return StringRecord(region: region, offset: link.offset, hash: hash, length: length)
  }

  @inline(__always)
  private func linkedRecord(_ link: StringLink) throws(StoreError) -> StringRecord {
    guard let record = try record(link) else { throw corrupt("a string is not where it should be") }
    return record
  }

  private func corrupt(_ reason: String) -> StoreError { handle.corrupt(.strings, reason) }

  // MARK: Finding and interning

  /// The handle of a string, or `nil` when nobody has interned it.
  ///
  /// **Concurrency.** Wait-free; writes nothing.
  ///
  /// - Returns: `nil` when it was never interned.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(bytes), and one node for each factor of 16 strings.
  @inlinable
  public func find<Text: ByteSource & ~Escapable>(_ text: Text) throws(StoreError) -> StringHandle?
  {
    try text.withBytes { bytes throws(StoreError) in try find(bytes: bytes) }
  }

  @usableFromInline
  func find(bytes: RawSpan) throws(StoreError) -> StringHandle? {
    let hash = hash(bytes)
    var node = root
    for level in 0..<Self.depth {
      let child = node.child(branch(hash, level: level, secondHash(bytes)))
      // Pair string-published: the record, or the node, is there.
      let link = StringLink(rawValue: child.loadAcquiring())
      if link.isNode {
        node = try self.node(link)
        continue
      }
      if !link.isEmpty, link.agrees(with: hash) {
        let record = try linkedRecord(link)
        if record.hash == hash, record.holds(bytes) {
          return StringHandle(rawValue: link.rawValue)
        }
      }
      try handle.checkLoss()
      return nil
    }
    throw corrupt("its trie is deeper than it can be")
  }

  /// The handle of a string, which is interned if nobody has done so.
  ///
  /// **Concurrency.** Lock-free; of several that intern one string at once all get one handle.
  ///
  /// - Parameter text: At most 16 MiB.
  /// - Returns: Its handle, the same for ever.
  /// - Throws: `full`, with nothing interned; `readOnly`, `invalidArgument`, `corrupt`, `dropped`.
  /// - Complexity: As ``find(_:)``; where it is new, at times a chunk is made.
  @inlinable
  public func intern<Text: ByteSource & ~Escapable>(
    _ text: Text
  ) throws(StoreError) -> StringHandle {
    try text.withBytes { bytes throws(StoreError) in
      if let known = try find(bytes: bytes) { return known }
      return try add(bytes)
    }
  }

  @usableFromInline @inline(never)
  func add(_ bytes: RawSpan) throws(StoreError) -> StringHandle {
    guard bytes.byteCount <= Self.maximumLength else {
      throw StoreError(
        .invalidArgument, place: handle.place(.strings),
        reason: "a string of \(bytes.byteCount) bytes",
        remedy: "intern at most \(Self.maximumLength) bytes, or put what is larger under a key")
    }
    let hash = hash(bytes)
    let own = try write(bytes, hash: hash)
    var node = root
    var level = 0
    while level < Self.depth {
      let child = node.child(branch(hash, level: level, secondHash(bytes)))
      // Pair string-published: the record, or the node, is there.
      let link = StringLink(rawValue: child.loadAcquiring())
      if link.isNode {
        node = try self.node(link)
        level += 1
      } else if link.isEmpty {
        // Pair string-published.
        if child.compareExchange(0, own.rawValue) {
          try handle.checkLive()
          return StringHandle(rawValue: own.rawValue)
        }
      } else {
        let record = try linkedRecord(link)
        if record.hash == hash, record.holds(bytes) {
          abandon(own)
          try handle.checkLive()
          return StringHandle(rawValue: link.rawValue)
        }
        try split(child, link, record, level: level + 1)
      }
    }
    throw corrupt("its trie is deeper than it can be")
  }

  /// Writes the record of a string, which nobody finds yet.
  private func write(_ bytes: RawSpan, hash: UInt64) throws(StoreError) -> StringLink {
    let size = (StringsLayout.recordSize + bytes.byteCount + 7) & ~7
    let (chunk, region, offset) = try chunks.claim(size)
    region.word(at: offset + StringsLayout.recordHash).storeRelaxed(hash)
    region.word(at: offset + StringsLayout.recordLength).storeRelaxed(UInt64(bytes.byteCount))
    region.write(bytes, at: offset + StringsLayout.recordSize)
    finish(region.word(at: offset), .string)
    return StringLink(string: (chunk, offset), hash: hash)
  }

  /// Puts a node that holds the string of a child in the child's place, if it still holds that.
  private func split(
    _ child: AtomicWord, _ link: StringLink, _ record: StringRecord, level: Int
  ) throws(StoreError) {
    let (chunk, region, offset) = try chunks.claim(Self.nodeSize)
    let node = Node(region: region, offset: offset + 8)
    let second =
      level < 16
      ? 0 : secondHash(record.region.bytes(at: record.start, count: record.length).rawSpan)
    node.child(branch(record.hash, level: level, second)).storeRelaxed(link.rawValue)
    finish(region.word(at: offset), .node)
    let new = StringLink(node: (chunk, offset))
    // Pair string-published.
    if !child.compareExchange(link.rawValue, new.rawValue) { abandon(new) }
  }

  /// Ends the writing of a claimed record.
  private func finish(_ word: AtomicWord, _ state: StringRecordWord.State) {
    let claim = StringRecordWord(rawValue: word.loadRelaxed())
    // Pair string-published: found through the trie alone.
    _ = word.compareExchange(claim.rawValue, claim.becoming(state).rawValue)
  }

  /// Says of a record that nobody will find it.
  private func abandon(_ link: StringLink) {
    guard let region = try? chunks.chunk(link.chunk) else { return }
    finish(region.word(at: link.offset), .abandoned)
  }

  // MARK: Walking

  /// Calls `body` with each string, in no particular order.
  ///
  /// **Concurrency.** Wait-free; writes nothing. What is interned meanwhile may come or not.
  ///
  /// - Throws: `corrupt`, `segmentLost`; what `body` throws.
  /// - Complexity: O(strings).
  public func forEach(
    _ body: (StringHandle, [UInt8]) throws(StoreError) -> Void
  ) throws(StoreError) {
    try walk { link, record throws(StoreError) in
      try body(
        StringHandle(rawValue: link.rawValue),
        record.region.bytes(at: record.start, count: record.length))
    }
  }

  /// Number of strings.
  ///
  /// **Concurrency.** As ``forEach(_:)``.
  ///
  /// - Returns: How many there are.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(strings): counting by those who intern would slow them all, and a death would
  ///   make it wrong.
  public func count() throws(StoreError) -> Int {
    var count = 0
    try walk { _, _ throws(StoreError) in count += 1 }
    return count
  }

  private func walk(
    _ body: (StringLink, StringRecord) throws(StoreError) -> Void
  ) throws(StoreError) {
    var nodes = [(node: root, level: 0)]
    var visited = 0
    var most = 0
    while let (node, level) = nodes.popLast() {
      visited += 1
      // Nodes that lead to nodes in a circle, which none of ours do, must not keep us for ever.
      if visited > most {
        most = 1
        try chunks.forEachRecord { word, _ in most += word.state == .node ? 1 : 0 }
        guard visited <= most else { throw corrupt("its trie has a node twice") }
      }
      for number in 0..<16 {
        // Pair string-published: the record, or the node, is there.
        let link = StringLink(rawValue: node.child(number).loadAcquiring())
        if link.isEmpty { continue }
        if link.isNode {
          guard level + 1 < Self.depth else { throw corrupt("its trie is deeper than it can be") }
          nodes.append((try self.node(link), level + 1))
        } else {
          try body(link, linkedRecord(link))
        }
      }
    }
    try handle.checkLoss()
  }
}
