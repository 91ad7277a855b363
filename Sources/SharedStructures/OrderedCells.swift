import SharedMemory
import SimDB

/// An ordered queue of elements of one size, whatever they are: what ``OrderedQueue`` is to
/// programs that have no type of theirs.
///
/// Elements of an ordered queue never get other values, so the bytes of each lie in its own node.
///
/// **Concurrency.** `Sendable`; as ``OrderedQueue``.
final class OrderedCells: Sendable {
  private typealias List = NodeList<QueueKey, Nothing>

  let handle: StructureHandle
  let layout: SharedLayout
  private let list: List
  private let arrival: WakeWord

  /// An element with its priority.
  struct Entry {
    let priority: UInt64
    let bytes: [UInt8]
  }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    try handle.checkVersion(
      .orderedQueue, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    let keys = SharedLayout(of: QueueKey.self)
    guard
      ElementLayout.fingerprint(in: handle.region, at: NodeLayout.keys) == keys.fingerprint
    else { throw handle.corrupt(.orderedQueue, "its keys are not \(keys)") }
    layout = try handle.elementLayout(.orderedQueue, at: NodeLayout.values)
    let pool = try NodePool(
      handle, .orderedQueue, stride: List.stride(valueSize: layout.size),
      headsSize: List.sortedHeadSize, isSorted: true)
    list = List(pool, headMask: 0)
    arrival = WakeWord(handle.region.word32(at: NodeLayout.arrival))
  }

  // MARK: Counters

  /// Elements there may be at most.
  var capacity: Int { 1 << list.pool.maximumBits - 1 }
  func count() throws(StoreError) -> Int { try list.count() }
  var pushedCount: UInt64 { handle.region.word(at: NodeLayout.sequence).loadRelaxed() }
  var lostCount: UInt64 { handle.region.word(at: NodeLayout.lost).loadRelaxed() }

  // MARK: Elements

  /// Copies of the elements that would be taken next, `count` at most; writes nothing.
  func peek(upTo count: Int) throws(StoreError) -> [Entry] {
    var entries: [Entry] = []
    var walk = list.walk(from: nil)
    while entries.count < count, let element = try walk.next() {
      let version = element.version
      let unit = try list.pool.unit(version.index)
      let bytes = try bytes(of: version.index, unit, version.header)
      // Pair unit-header: the same header after the bytes were read.
      Fence.acquire()
      // One that was taken meanwhile is none to be shown.
      guard unit.headerWord.loadRelaxed() == version.header.rawValue else { continue }
      entries.append(Entry(priority: element.key.priority, bytes: bytes))
    }
    try handle.checkLoss()
    return entries
  }

  /// Takes the element of the smallest priority, sleeping until there is one.
  func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Entry? {
    try arrival.wait(timeoutNanoseconds: timeoutNanoseconds) { () throws(StoreError) in
      try pop()
    }
  }

  private func pop() throws(StoreError) -> Entry? {
    let owner = try list.owner()
    while let first = try list.firstForTaking(list.head) {
      guard let header = list.seeLinked(first) else { continue }
      let bytes = try bytes(of: first.index, first.unit, header)
      guard list.take(first, header, owner) else { continue }
      try handle.checkLoss()
      return Entry(priority: first.key.priority, bytes: bytes)
    }
    try handle.checkLive()
    return nil
  }

  /// Appends an element behind all of its priority.
  func push(_ bytes: RawSpan, priority: UInt64) throws(StoreError) {
    let owner = try list.owner()
    let number = handle.region.word(at: NodeLayout.sequence).addRelaxed(1)
    let key = QueueKey(priority: priority, number: number)
    let node = try list.fill(key, Nothing(), owner)
    node.unit.region.write(bytes, at: node.unit.offset + List.valueOffset)
    var path = HintPath()
    do throws(StoreError) {
      while true {
        let place = try list.prepare(.at(key), list.head, &path)
        if list.link(node, place, &path) { break }
      }
    } catch {
      list.pool.release(node)
      throw error
    }
    // Pair wake: the element was linked by a compare-and-swap.
    arrival.wake()
    try handle.checkLive()
  }

  /// The bytes of a node's element; whole if the header is the same afterwards.
  private func bytes(
    of index: UInt64, _ unit: Unit, _ header: UnitWord
  ) throws(StoreError) -> [UInt8] {
    guard !header.is(.live) || header.link == index else {
      throw list.pool.corrupt("an element has another value")
    }
    return unit.region.bytes(at: unit.offset + List.valueOffset, count: layout.size)
  }
}
