import SharedMemory
import SimDB

/// A queue of elements of one size, whatever they are: what ``Queue`` lends its types to.
///
/// A cell is a control word and the bytes of an element, as close together as their alignment
/// allows: several elements come and go with one cache line, which pays more than keeping
/// neighbours apart.
///
/// **Concurrency.** `Sendable`; any number of producers and consumers.
@usableFromInline
final class CellQueue: Sendable {
  @usableFromInline let handle: StructureHandle
  @usableFromInline let geometry: ElementQueueGeometry
  let region: SharedRegion
  let ring: ClaimRing
  /// What consumers have, where they acknowledge.
  let claims: ElementClaims?
  /// Bytes from one element to the next in private memory.
  private let elementStride: Int
  private let elementSize: Int
  /// Where the element is in its cell.
  private let elementOffset: Int

  /// Where the parts of a queue of such elements are.
  struct Plan {
    let elementOffset: Int
    let stride: Int
    let byteCount: Int
    let claims: ElementClaims.Plan?

    /// `nil` where the sizes are not possible.
    init?(_ geometry: ElementQueueGeometry, of layout: SharedLayout) {
      guard geometry.isPossible, layout.alignment <= 64 else { return nil }
      let alignment = max(8, layout.alignment)
      elementOffset = alignment
      stride = (elementOffset + layout.size + alignment - 1) & ~(alignment - 1)
      let end = ElementQueueLayout.headerSize + geometry.capacity * stride
      claims =
        geometry.delivery == .atMostOnce
        ? nil : ElementClaims.Plan(limit: geometry.claimLimit, of: layout, behind: end)
      byteCount = claims?.byteCount ?? end
    }
  }

  init(_ handle: StructureHandle, of layout: SharedLayout) throws(StoreError) {
    self.handle = handle
    region = handle.region
    let capacity = Int(clamping: region.word(at: ElementQueueLayout.capacity).loadRelaxed())
    guard
      let overflow = Overflow(
        rawValue: region.word32(at: ElementQueueLayout.overflow).loadRelaxed()),
      let delivery = Delivery(
        region.word32(at: ElementQueueLayout.delivery).loadRelaxed(),
        patience: region.word(at: ElementQueueLayout.patience).loadRelaxed())
    else { throw handle.corrupt(.elementQueue, "its policies are unknown") }
    geometry = ElementQueueGeometry(
      capacity: capacity, overflow: overflow, delivery: delivery,
      claimLimit: Int(region.word32(at: ElementQueueLayout.claimLimit).loadRelaxed()))
    guard let plan = Plan(geometry, of: layout),
      region.word(at: ElementQueueLayout.stride).loadRelaxed() == UInt64(plan.stride),
      region.count == plan.byteCount
    else { throw handle.corrupt(.elementQueue, "its sizes contradict each other") }
    elementSize = layout.size
    elementStride = layout.stride
    elementOffset = plan.elementOffset
    ring = ClaimRing(
      handle, .elementQueue, ring: ElementQueueLayout.ring, cells: ElementQueueLayout.headerSize,
      stride: plan.stride, capacity: capacity, overflow: geometry.overflow,
      readersAreClaims: plan.claims != nil)
    claims = plan.claims.map { [ring, geometry] in
      ElementClaims(
        ring, $0, limit: geometry.claimLimit, patience: geometry.delivery.patience,
        elementSize: layout.size, cellElementOffset: plan.elementOffset)
    }
  }

  static func initialize(
    _ region: SharedRegion, _ geometry: ElementQueueGeometry, _ layout: SharedLayout, _ plan: Plan
  ) {
    region.word32(at: 0).storeRelaxed(ElementQueueLayout.version)
    region.word32(at: ElementQueueLayout.overflow).storeRelaxed(geometry.overflow.rawValue)
    region.word(at: ElementQueueLayout.capacity).storeRelaxed(UInt64(geometry.capacity))
    region.word(at: ElementQueueLayout.stride).storeRelaxed(UInt64(plan.stride))
    region.word32(at: ElementQueueLayout.delivery).storeRelaxed(geometry.delivery.number)
    region.word32(at: ElementQueueLayout.claimLimit).storeRelaxed(UInt32(geometry.claimLimit))
    region.word(at: ElementQueueLayout.patience).storeRelaxed(geometry.delivery.patience ?? 0)
    ElementLayout.write(layout, to: region, at: ElementQueueLayout.elements)
  }

  /// Offset of the element at `position`.
  @inline(__always)
  private func element(_ position: UInt64) -> Int { ring.cell(position) &+ elementOffset }

  // MARK: Counters

  @usableFromInline var count: Int { ring.count + (claims?.contents().returned ?? 0) }
  @usableFromInline var droppedCount: UInt64 { ring.droppedCount }
  @usableFromInline var rejectedCount: UInt64 { ring.rejectedCount }
  @usableFromInline var lostCount: UInt64 { ring.lostCount }
  @usableFromInline var pushedCount: UInt64 { ring.claimedCount }

  // MARK: Pushing

  @usableFromInline
  func push(_ bytes: RawSpan, timeoutNanoseconds: UInt64) throws(StoreError) -> PushResult {
    let result = try push(timeoutNanoseconds) { offset in
      region.write(bytes, at: offset)
      return true
    }
    return result!
  }

  /// Pushes what `fill` writes in place; nothing, and `nil`, when it returns `false`.
  @usableFromInline
  func push(
    timeoutNanoseconds: UInt64, filling fill: (inout MutableRawSpan) -> Bool
  ) throws(StoreError) -> PushResult? {
    try push(timeoutNanoseconds) { offset in
      region.withMutableSpan(at: offset, count: elementSize, fill)
    }
  }

  @inline(__always)
  private func push(
    _ timeoutNanoseconds: UInt64, _ fill: (Int) -> Bool
  ) throws(StoreError) -> PushResult? {
    let owner = try handle.owner()
    var deadline: UInt64?
    while true {
      let claimed: UInt64
      switch try ring.claimForWriting(owner) {
      case .claimed(let position, _): claimed = position
      case .full(let position, let word):
        try handle.checkLive()
        if let claims, word.state == .reading, try claims.clear(position, word, owner) { continue }
        switch geometry.overflow {
        case .reject:
          ring.countRejected()
          return .rejected
        case .dropNewest:
          ring.countDropped()
          return .dropped
        case .dropOldest where word.state == .full:
          guard ring.replaceOldest(position, word, owner) else { continue }
          claimed = position
        default:
          guard
            ring.waitForRoom(position, word, geometry.overflow, &deadline, timeoutNanoseconds)
          else { return .timedOut }
          continue
        }
      }
      guard fill(element(claimed)) else {
        ring.abandon(claimed, .writing, owner)
        try handle.checkLive()
        return nil
      }
      let isPublished = ring.publish(claimed, owner)
      // Nobody will find what lies in memory that nobody shares any more.
      try handle.checkLive()
      if isPublished { return .pushed }
    }
  }

  /// Most elements that one call takes: claims have some beside those in the cells.
  @usableFromInline var mostToTake: Int {
    claims == nil ? min(geometry.capacity, 4_096) : 4_096
  }

  /// Most cells that are claimed at once: others wait for all of them when their claimer is
  /// stopped.
  private static let batch = 64

  /// Pushes `count` elements; returns how many of them, from the first on, are in the queue.
  @usableFromInline
  func push(
    contentsOf bytes: RawSpan, count: Int, timeoutNanoseconds: UInt64
  ) throws(StoreError) -> Int {
    let owner = try handle.owner()
    var deadline: UInt64?
    var pushed = 0
    while pushed < count {
      let first: UInt64
      var wanted = min(count - pushed, Self.batch)
      switch try ring.claimForWriting(owner) {
      case .claimed(let position, _):
        first = position
      case .full(let position, let word):
        try handle.checkLive()
        if let claims, word.state == .reading, try claims.clear(position, word, owner) { continue }
        switch geometry.overflow {
        case .reject:
          ring.countRejected(count - pushed)
          return pushed
        case .dropNewest:
          ring.countDropped(count - pushed)
          return pushed
        case .dropOldest where word.state == .full:
          guard ring.replaceOldest(position, word, owner) else { continue }
          first = position
          wanted = 1
        default:
          guard
            ring.waitForRoom(position, word, geometry.overflow, &deadline, timeoutNanoseconds)
          else { return pushed }
          continue
        }
      }
      let claimed = ring.claimMoreForWriting(after: first, owner, count: wanted)
      for index in 0..<claimed {
        region.write(
          bytes, from: (pushed + index) * elementStride, count: elementSize,
          at: element(first &+ UInt64(index)))
      }
      ring.publish(first, count: claimed, owner)
      try handle.checkLive()
      pushed += claimed
    }
    return pushed
  }

  // MARK: Popping

  @usableFromInline
  func pop(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    if let claims {
      guard let held = try claim(into: &bytes) else { return false }
      _ = claims.acknowledge(held)
      return true
    }
    let owner = try handle.owner()
    guard let position = try ring.claimForReading(owner) else {
      try handle.checkLive()
      return false
    }
    region.copy(at: element(position), count: elementSize, into: &bytes)
    ring.release(position, owner)
    try handle.checkLoss()
    return true
  }

  @usableFromInline
  func pop(
    timeoutNanoseconds: UInt64, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Bool {
    try waitForArrival(timeoutNanoseconds) { () throws(StoreError) in try pop(into: &bytes) }
  }

  /// Takes the oldest element, lending it to `body`; `false` when there is none. Not where
  /// consumers acknowledge.
  @usableFromInline
  func pop(lending body: (RawSpan) -> Void) throws(StoreError) -> Bool {
    let owner = try handle.owner()
    guard let position = try ring.claimForReading(owner) else {
      try handle.checkLive()
      return false
    }
    region.withSpan(at: element(position), count: elementSize, body)
    ring.release(position, owner)
    // What the body was lent may have vanished under it.
    try handle.checkLoss()
    return true
  }

  /// Takes up to `count` elements into the bytes of so many; returns how many. Not where consumers
  /// acknowledge.
  @usableFromInline
  func take(_ count: Int, into bytes: inout MutableRawSpan) throws(StoreError) -> Int {
    let owner = try handle.owner()
    let count = min(count, mostToTake)
    var taken = 0
    while taken < count, let first = try ring.claimForReading(owner) {
      let claimed = ring.claimMoreForReading(
        after: first, owner, count: min(count - taken, Self.batch))
      for index in 0..<claimed {
        region.copy(
          at: element(first &+ UInt64(index)), count: elementSize, into: &bytes,
          at: (taken + index) * elementStride)
      }
      ring.release(first, count: claimed, owner)
      taken += claimed
    }
    if taken == 0 { try handle.checkLive() } else { try handle.checkLoss() }
    return taken
  }

  /// Copies the oldest element that nobody has taken; `false` when there is none.
  @usableFromInline
  func peek(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    if let returned = claims?.returned(upTo: 1).first {
      for (offset, byte) in returned.enumerated() { bytes.setByte(byte, at: offset) }
      try handle.checkLoss()
      return true
    }
    let found = try ring.peek(upTo: 1) { position, _ throws(StoreError) in
      region.copy(at: element(position), count: elementSize, into: &bytes)
    }
    try handle.checkLoss()
    return found > 0
  }

  /// Copies of the oldest elements that nobody has taken, `count` at most.
  func peek(upTo count: Int) throws(StoreError) -> [[UInt8]] {
    let returned = claims?.returned(upTo: max(0, count)) ?? []
    var elements: [[UInt8]] = []
    let found = try ring.peek(upTo: count - returned.count) { position, number throws(StoreError) in
      elements.removeSubrange(number...)
      elements.append(region.bytes(at: element(position), count: elementSize))
    }
    try handle.checkLoss()
    return returned + elements.prefix(found)
  }

  // MARK: Waiting

  @usableFromInline var isEmpty: Bool { claims?.isEmpty ?? ring.isEmpty }

  /// Calls `attempt` until it succeeds or the time is up, sleeping while there is nothing.
  @usableFromInline
  func waitForArrival(
    _ timeoutNanoseconds: UInt64, _ attempt: () throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    try Waiting.untilDone(
      on: ring.arrival, timeoutNanoseconds, isIdle: { isEmpty }, attempt)
  }

  /// Suspends until something may have come.
  @usableFromInline
  func awaitArrival() async {
    let prepared = ring.arrival.prepare()
    // Pair wake: announced first, looked at afterwards.
    if isEmpty { await WaiterThread.shared.wait(ring.arrival.word, while: prepared) }
  }
}
