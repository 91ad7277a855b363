import SharedMemory
import SimDB
import Synchronization

/// A named topic in a database: bytes of any length with a type id, published to a queue per
/// subscriber.
///
/// Any number of processes publish; each element is copied into the ``ByteQueue`` of every
/// subscriber, and each subscriber says what happens when it is slow: publishers wait for it, the
/// oldest or the newest element is dropped for it alone, or it refuses. A subscriber sees what is
/// published after it has subscribed; for history, and for values of one type that lie once for
/// all, there is ``Topic``.
///
/// The elements of one publisher come in its order at each subscriber; those of several may come in
/// another order at each. A publisher that dies in the middle has published to some of the
/// subscribers only. One that is stopped there holds up the subscriber whose record it is writing.
/// A subscriber that dies takes what is in its queue with it; queue and row go by whoever sees that
/// first. One that is stopped and is to be waited for holds up publishers until their time is up.
///
/// ```swift
/// let events = try database.byteTopic("events", creating: ByteTopicGeometry())
/// let subscription = try events.subscribe(overflow: .dropOldest)
/// try events.publish("started")
/// while let event = try subscription.pop() { print(event.type, event.bytes.count) }
/// ```
///
/// **Concurrency.** `Sendable`; any number of publishers and subscribers, on any thread.
public final class ByteTopic: Sendable {
  let handle: StructureHandle
  /// What was chosen at creation.
  public let geometry: ByteTopicGeometry
  let region: SharedRegion
  /// The queues that this process publishes to, by row.
  let attachments: LocalMutex<[Attachment?]>
  /// Bytes that were filled last, for the next publish that is filled in place.
  let spare = LocalMutex<[UInt8]>([])
  /// What this process has published, to look for the dead from time to time.
  let publishCount = Atomic<UInt64>(0)
  /// When this process looks for them.
  let search = SearchTimer()

  /// A subscriber's queue that this process has attached to.
  struct Attachment: Sendable {
    let word: SubscriberWord
    let queue: ByteQueue
  }

  /// Name of the topic.
  public var name: String { handle.name }

  static func byteCount(_ geometry: ByteTopicGeometry) -> Int {
    ByteTopicLayout.headerSize + geometry.subscriberCapacity * MemoryLayout<UInt64>.size
  }

  static func initialize(_ region: SharedRegion, _ geometry: ByteTopicGeometry) {
    region.word32(at: 0).storeRelaxed(ByteTopicLayout.version)
    region.word(at: ByteTopicLayout.subscriberCapacity)
      .storeRelaxed(UInt64(geometry.subscriberCapacity))
    region.word(at: ByteTopicLayout.segmentCapacity)
      .storeRelaxed(UInt64(geometry.segmentCapacity))
    region.word(at: ByteTopicLayout.segmentLimit).storeRelaxed(UInt64(geometry.segmentLimit))
  }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .byteTopic, expected: ByteTopicLayout.version, headerSize: ByteTopicLayout.headerSize)
    self.handle = handle
    region = handle.region
    geometry = ByteTopicGeometry(
      subscriberCapacity: Int(
        clamping: region.word(at: ByteTopicLayout.subscriberCapacity).loadRelaxed()),
      segmentCapacity: Int(
        clamping: region.word(at: ByteTopicLayout.segmentCapacity).loadRelaxed()),
      segmentLimit: Int(clamping: region.word(at: ByteTopicLayout.segmentLimit).loadRelaxed()))
    guard geometry.isPossible, region.count == Self.byteCount(geometry) else {
      throw handle.corrupt(.byteTopic, "its sizes contradict each other")
    }
    attachments = LocalMutex(Array(repeating: nil, count: geometry.subscriberCapacity))
  }

  /// The word of a row.
  @inline(__always)
  func control(_ row: Int) -> AtomicWord {
    region.word(at: ByteTopicLayout.headerSize &+ row &* MemoryLayout<UInt64>.size)
  }

  /// How many of the first rows were ever used.
  @inline(__always)
  var usedRows: Int {
    // Pair subscriber-count: who has subscribed before is among them.
    let rows = region.word(at: ByteTopicLayout.rows).loadAcquiring()
    return min(Int(clamping: rows), geometry.subscriberCapacity)
  }

  /// Who has a row.
  ///
  /// - Throws: `corrupt` for a word that nobody has written.
  @inline(__always)
  func subscriber(_ row: Int) throws(StoreError) -> (SubscriberWord, SubscriberWord.State) {
    // Pair subscriber-row.
    let word = SubscriberWord(rawValue: control(row).loadSequential())
    guard let state = word.state else {
      throw handle.corrupt(.byteTopic, "the word of subscriber \(row) has no meaning")
    }
    return (word, state)
  }

  /// Whether a subscriber is there no more, as its word says.
  @inline(__always)
  func hasLeft(_ row: Int, _ word: SubscriberWord) -> Bool {
    // Pair subscriber-row: read after the push, while who removes the queue has changed it before.
    control(row).loadSequential() != word.rawValue
  }

  // MARK: Looking

  /// A subscriber as anyone may see it.
  public struct Subscriber: Hashable, Sendable {
    /// Its process; `nil` when that is gone and nobody has cleared up after it yet.
    public var pid: UInt32?
    /// What publishers do when its queue is full.
    public var overflow: Overflow
    /// What is in its queue.
    public var contents: ByteQueue.Contents
    /// Elements that left by its policy.
    public var droppedCount: UInt64
    /// Elements refused by its policy.
    public var rejectedCount: UInt64
    /// Elements that died with the process that was writing or reading them.
    public var lostCount: UInt64
  }

  /// The subscribers that there are.
  ///
  /// **Concurrency.** Any thread, also through a read-only mapping. The numbers need not be of one
  /// instant.
  ///
  /// - Returns: Those that living or dead processes have, by their rows.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(participants + elements) for each.
  public func subscribers() throws(StoreError) -> [Subscriber] {
    var subscribers: [Subscriber] = []
    for row in 0..<geometry.subscriberCapacity {
      let (word, state) = try subscriber(row)
      guard state == .held else { continue }
      do throws(StoreError) {
        guard let part = try handle.part(word.part(row: row)) else { continue }
        let queue = try ByteQueue(part)
        let facts = handle.participant(word.owner)
        subscribers.append(
          Subscriber(
            pid: facts.flatMap { $0.isAlive ? $0.pid : nil }, overflow: queue.geometry.overflow,
            contents: try queue.contents(), droppedCount: queue.droppedCount,
            rejectedCount: queue.rejectedCount, lostCount: queue.lostCount))
      } catch {
        // Its queue may have gone meanwhile.
        guard hasLeft(row, word) else { throw error }
      }
    }
    try handle.checkLoss()
    return subscribers
  }
}
