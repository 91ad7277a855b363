import SharedMemory
import SimDB
import Synchronization

/// What of a topic does not depend on the type of its elements.
///
///     cell: empty(lap) -> writing(lap, publisher) -> full(lap) -> writing(lap + 1, publisher)
///           writing(lap, dead) -> empty(lap + 1)
///
/// The word is that of a queue's cell, without a state for reading: a reader copies, and then looks
/// whether the word is still what it was. An empty cell of the lap after one that a subscriber is
/// to read says that nothing was published there.
///
/// **Concurrency.** `Sendable`.
final class TopicCore: Sendable {
  let handle: StructureHandle
  let geometry: TopicGeometry
  let region: SharedRegion
  let arrival: WakeWord
  let departure: WakeWord
  let elementSize: Int
  private let stride: Int
  private let cells: Int
  private let suspicion = Suspicion()
  private let subscribersSuspicion = Suspicion()
  /// Subscriptions of this process so far, to all topics.
  private static let serials = Atomic<UInt64>(0)

  /// Bytes of a cell before its element.
  static var cellHeader: Int { 8 }

  /// Control word and element, so that the next control word is aligned.
  static func stride(element: Int) -> Int { cellHeader + (element + 7) & ~7 }

  static func byteCount(_ geometry: TopicGeometry, element: Int) -> Int {
    TopicLayout.headerSize + geometry.subscriberCapacity * TopicLayout.rowSize
      + geometry.capacity * stride(element: element)
  }

  static func initialize(
    _ region: SharedRegion, _ geometry: TopicGeometry, _ layout: SharedLayout
  ) {
    region.word32(at: 0).storeRelaxed(TopicLayout.version)
    region.word32(at: TopicLayout.policy).storeRelaxed(geometry.slowSubscribers.rawValue)
    region.word(at: TopicLayout.capacity).storeRelaxed(UInt64(geometry.capacity))
    region.word(at: TopicLayout.stride).storeRelaxed(UInt64(stride(element: layout.size)))
    region.word(at: TopicLayout.subscriberCapacity)
      .storeRelaxed(UInt64(geometry.subscriberCapacity))
    ElementLayout.write(layout, to: region, at: TopicLayout.element)
  }

  init(_ handle: StructureHandle, elementSize: Int) throws(StoreError) {
    self.handle = handle
    region = handle.region
    guard
      let policy = TopicGeometry.SlowSubscribers(
        rawValue: region.word32(at: TopicLayout.policy).loadRelaxed())
    else { throw handle.corrupt(.topic, "its policy is unknown") }
    geometry = TopicGeometry(
      capacity: Int(clamping: region.word(at: TopicLayout.capacity).loadRelaxed()),
      slowSubscribers: policy,
      subscriberCapacity: Int(
        clamping: region.word(at: TopicLayout.subscriberCapacity).loadRelaxed()))
    self.elementSize = elementSize
    stride = Self.stride(element: elementSize)
    guard geometry.isPossible, region.word(at: TopicLayout.stride).loadRelaxed() == UInt64(stride),
      region.count == Self.byteCount(geometry, element: elementSize)
    else { throw handle.corrupt(.topic, "its sizes contradict each other") }
    cells = TopicLayout.headerSize + geometry.subscriberCapacity * TopicLayout.rowSize
    arrival = WakeWord(region.word32(at: TopicLayout.arrival))
    departure = WakeWord(region.word32(at: TopicLayout.departure))
  }

  @inline(__always)
  var tail: AtomicWord { region.word(at: TopicLayout.tail) }

  @inline(__always)
  func cell(_ position: UInt64) -> Int {
    cells &+ Int(truncatingIfNeeded: position & UInt64(geometry.capacity - 1)) &* stride
  }

  @inline(__always)
  func lap(_ position: UInt64) -> UInt64 {
    position >> UInt64(geometry.capacity.trailingZeroBitCount)
  }

  @inline(__always)
  func control(_ position: UInt64) -> AtomicWord { region.word(at: cell(position)) }

  // MARK: Publishing

  /// Claims the next cell.
  ///
  /// - Returns: Its position; `nil` when it did not become free in time.
  func claim(
    _ owner: ParticipantIdentity, _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> UInt64? {
    var deadline: UInt64?
    while true {
      // Pair topic-position: a hint, moved on by whoever sees a claimed cell; the cell decides.
      let position = tail.loadAcquiring()
      let control = control(position)
      // Pair cell-published: who published there a lap ago is done.
      let word = CellWord(rawValue: control.loadAcquiring())
      let lap = lap(position)
      if word.isAt(.empty, lap) || word.isAt(.full, lap &- 1) {
        guard isPassed(position) else {
          guard
            try wait(on: departure, &deadline, timeoutNanoseconds, while: { !isPassed(position) })
          else { return nil }
          continue
        }
        let claim = CellWord(.writing, lap: lap, owner: owner)
        // Pair cell-claimed: who comes to the cell sees whose it is.
        if control.compareExchange(word.rawValue, claim.rawValue) {
          _ = tail.compareExchange(position, position &+ 1)
          return position
        }
        continue
      }
      let ahead = word.lapsAhead(of: lap)
      if ahead == 0 || ahead == 1 {
        // Claimed by another who has not moved the position yet, and perhaps left again.
        // Pair topic-position.
        _ = tail.compareExchange(position, position &+ 1)
        continue
      }
      // Pair topic-position.
      guard tail.loadAcquiring() == position else { continue }
      guard word.isAt(.writing, lap &- 1) else { throw contradiction() }
      // Somebody has been publishing there for a whole lap.
      if endClaimOfDead(word, control) { continue }
      // Pair wake: read after a sleeper has announced itself.
      let isSame = { control.loadSequential() == word.rawValue }
      guard try wait(on: arrival, &deadline, timeoutNanoseconds, while: isSame) else { return nil }
    }
  }

  private func wait(
    on word: WakeWord, _ deadline: inout UInt64?, _ timeoutNanoseconds: UInt64,
    while condition: () -> Bool
  ) throws(StoreError) -> Bool {
    try handle.checkLive()
    return Waiting.rest(on: word, until: &deadline, timeoutNanoseconds, while: condition)
  }

  /// Publishes a cell that was claimed and filled.
  ///
  /// - Returns: `false` when the claim was ended meanwhile and counted as lost.
  func publish(_ position: UInt64, _ owner: ParticipantIdentity) throws(StoreError) -> Bool {
    let claim = CellWord(.writing, lap: lap(position), owner: owner)
    // Pair cell-published, pair wake.
    let isPublished = control(position).compareExchange(
      claim.rawValue, CellWord(.full, lap: lap(position)).rawValue)
    if isPublished { arrival.wake() }
    try handle.checkLive()
    return isPublished
  }

  /// Whether who claimed a cell has died; `false` when it lives, or may live.
  private func isClaimOfDead(_ word: CellWord) -> Bool {
    suspicion.isOfDead(word.rawValue, word.owner, handle)
  }

  /// Ends the claim of a publisher that died; `false` when it lives, or may live.
  private func endClaimOfDead(_ word: CellWord, _ control: AtomicWord) -> Bool {
    guard isClaimOfDead(word) else { return false }
    // Pair cell-claimed: the dead does nothing after its claim.
    if control.compareExchange(word.rawValue, CellWord(.empty, lap: word.lap &+ 1).rawValue) {
      region.word(at: TopicLayout.lost).addRelaxed(1)
      arrival.wake()
    }
    return true
  }

  func contradiction() -> StoreError {
    handle.corrupt(.topic, "its position contradicts its cells")
  }

  // MARK: Reading

  /// What a subscriber finds at its place.
  enum Finding {
    /// An element, published with this word.
    case element(CellWord)
    /// Nothing was published there: its publisher died.
    case nothing
    /// Nothing yet.
    case notYet
    /// What was there is gone.
    case gone
  }

  /// Looks for the element at `position`.
  func look(_ position: UInt64) -> Finding {
    let control = control(position)
    let lap = lap(position)
    while true {
      // Pair cell-published: the element is whole.
      let word = CellWord(rawValue: control.loadSequential())
      switch (word.lapsAhead(of: lap), word.state) {
      case (0, .full): return .element(word)
      case (1, .empty): return .nothing
      case (1..., _): return .gone
      case (0, .writing):
        let isEnded =
          handle.database.isWritable ? endClaimOfDead(word, control) : isClaimOfDead(word)
        guard isEnded else { return .notYet }
        // It may have published after the first look, and died then.
        // Pair cell-published.
        if control.loadSequential() == word.rawValue { return .nothing }
      default: return .notYet
      }
    }
  }

  /// Whether there is nothing at `position` yet.
  func isWaiting(at position: UInt64) -> Bool {
    // Pair wake: read after a sleeper has announced itself.
    let word = CellWord(rawValue: control(position).loadSequential())
    let ahead = word.lapsAhead(of: lap(position))
    return ahead < 0 || ahead == 0 && word.state != .full
  }

  /// Whether what is at `position` is in the hands of a publisher, who may have died.
  func isHeldUp(at position: UInt64) -> Bool {
    // Pair cell-claimed.
    let word = CellWord(rawValue: control(position).loadSequential())
    return word.isAt(.writing, lap(position))
  }

  /// Suspends until there may be something at `position`, at most 100 ms.
  func awaitArrival(at position: UInt64) async {
    let prepared = arrival.prepare()
    // Pair wake: announced first, looked at afterwards.
    if isWaiting(at: position) { await WaiterThread.shared.wait(arrival.word, while: prepared) }
  }

  /// Whether the cell still is what it was before it was read.
  @inline(__always)
  func isUnchanged(_ word: CellWord, at position: UInt64) -> Bool {
    // Pair cell-claimed: nobody had begun to overwrite the element when it had been copied.
    Fence.acquire()
    return control(position).loadRelaxed() == word.rawValue
  }

  /// The oldest position whose element may still be there.
  var oldest: UInt64 { oldest(beside: 0) }

  /// The oldest position whose element is still there when so many more have been published.
  private func oldest(beside count: UInt64) -> UInt64 {
    // Pair topic-position, pair cursor: where a row was taken, read after its cursor was written.
    let next = tail.loadSequential()
    return next - min(next, UInt64(geometry.capacity) - count)
  }

  // MARK: Subscribers

  /// A subscriber's row, where publishers wait.
  struct Row: Sendable {
    let offset: Int
    /// Identity and serial, as they stand in it.
    let owner: UInt64

    var identity: ParticipantIdentity { ParticipantIdentity(rawValue: owner) }
  }

  private static let positionBits: UInt64 = 48
  private static let positionMask: UInt64 = (1 << positionBits) - 1

  /// What of an owner stands in its cursor: 16 bits of the serial.
  private func tag(_ owner: UInt64) -> UInt64 { (owner >> 27) << Self.positionBits }

  /// Begins to read; where publishers wait, takes a row.
  ///
  /// - Parameter history: How many elements before the next one to begin with.
  func register(history: Int) throws(StoreError) -> (position: UInt64, row: Row?) {
    guard geometry.slowSubscribers == .wait else { return (start(history), nil) }
    let identity = try handle.owner()
    while true {
      for number in 0..<geometry.subscriberCapacity {
        let offset = TopicLayout.headerSize + number * TopicLayout.rowSize
        let word = region.word(at: offset)
        guard word.loadRelaxed() == 0 else { continue }
        let serial = Self.serials.wrappingAdd(1, ordering: .relaxed).newValue
        let owner = serial << 27 | identity.rawValue
        // Pair subscriber-owner.
        guard word.compareExchange(0, owner) else { continue }
        let row = Row(offset: offset, owner: owner)
        let position = start(history)
        setCursor(row, position)
        // Who publishes may not have seen the row before it claims the next cell, which has the
        // oldest element; who comes to the one after that sees it.
        let kept = oldest(beside: 1)
        guard position < kept else { return (position, row) }
        setCursor(row, kept)
        return (kept, row)
      }
      guard freeRowsOfDead() else {
        throw StoreError(
          .full, place: handle.place(.topic),
          reason: "all \(geometry.subscriberCapacity) rows of subscribers are taken",
          remedy: "stop some of them, or create it with more")
      }
    }
  }

  private func start(_ history: Int) -> UInt64 {
    // Pair topic-position.
    let next = tail.loadSequential()
    return next - min(next, UInt64(min(history, geometry.capacity)))
  }

  /// Says how far a subscriber is.
  func setCursor(_ row: Row, _ position: UInt64) {
    // Pair cursor: what was before the position has been copied. Sequentially consistent,
    // pair wake.
    region.word(at: row.offset + TopicLayout.cursor).exchangeSequential(
      tag(row.owner) | position & Self.positionMask)
    departure.wake()
  }

  /// Gives a row back.
  func unregister(_ row: Row) {
    // Pair subscriber-owner, pair wake.
    _ = region.word(at: row.offset).compareExchange(row.owner, 0)
    departure.wake()
  }

  /// Whether no subscriber that is waited for has yet to read what is in the cell of `position`.
  private func isPassed(_ position: UInt64) -> Bool {
    guard geometry.slowSubscribers == .wait, position >= UInt64(geometry.capacity) else {
      return true
    }
    return subscribers().allSatisfy { row, cursor in
      // Pair cursor, pair wake: read after a sleeper has announced itself.
      position &- cursor < UInt64(geometry.capacity) || position < cursor || endIfDead(row)
    }
  }

  /// The rows in use whose subscriber has said how far it is.
  func subscribers() -> [(row: Row, cursor: UInt64)] {
    (0..<geometry.subscriberCapacity).compactMap { number in
      let offset = TopicLayout.headerSize + number * TopicLayout.rowSize
      // Pair subscriber-owner.
      let owner = region.word(at: offset).loadSequential()
      guard owner != 0 else { return nil }
      // Pair cursor.
      let cursor = region.word(at: offset + TopicLayout.cursor).loadSequential()
      // One of an earlier owner says nothing.
      guard cursor & ~Self.positionMask == tag(owner) else { return nil }
      return (Row(offset: offset, owner: owner), cursor & Self.positionMask)
    }
  }

  /// Frees the row of a subscriber that died; `false` when it lives, or may live.
  private func endIfDead(_ row: Row) -> Bool {
    guard subscribersSuspicion.isOfDead(row.owner, row.identity, handle) else { return false }
    unregister(row)
    return true
  }

  private func freeRowsOfDead() -> Bool {
    var isAnyFree = false
    for number in 0..<geometry.subscriberCapacity {
      let offset = TopicLayout.headerSize + number * TopicLayout.rowSize
      // Pair subscriber-owner.
      let owner = region.word(at: offset).loadAcquiring()
      let row = Row(offset: offset, owner: owner)
      guard owner != 0, handle.isDead(row.identity) else { continue }
      unregister(row)
      isAnyFree = true
    }
    return isAnyFree
  }
}
