import SharedMemory
import SimDB
import Synchronization

/// A named queue of elements of any size in a database, between any number of processes.
///
/// Elements lie one behind the other in segments, which are made when they are needed and go, one
/// by one, when all that was in them has been taken. Each element has a type id beside its bytes,
/// is written where its consumers read it, and is lent to them in place.
///
/// Elements are taken in the order in which their places were claimed. A producer that dies between
/// claiming and publishing stalls nobody; one that is stopped there holds up who comes to its
/// element, until it goes on or dies. A consumer that is stopped with an element keeps the segment,
/// and producers wait for it when as many segments have been filled behind as the queue may have.
///
/// With delivery `atMostOnce` an element that a consumer has claimed is gone, also when the
/// consumer dies with it; such elements are counted as lost. With `acknowledged` it stays until its
/// consumer acknowledges it, and others take over what the dead, or who is late, has not.
///
/// ```swift
/// let parts = try database.byteQueue("parts", creating: ByteQueueGeometry())
/// try parts.push("a text")
/// try parts.push(count: 8) { $0.storeBytes(of: 5, as: UInt64.self) }
/// while try parts.pop({ bytes, type in print(type, bytes.byteCount) }) {}
/// ```
///
/// **Concurrency.** `Sendable`; any number of producers and consumers, on any thread.
///
/// - SeeAlso: Michael and Scott, "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent
///   Queue Algorithms" (1996), for a list whose ends are moved on by whoever sees that they lag.
public final class ByteQueue: Sendable {
  let handle: StructureHandle
  /// What was chosen at creation.
  public let geometry: ByteQueueGeometry
  let region: SharedRegion
  let arrival: WakeWord
  let departure: WakeWord
  private let suspicion = Suspicion()
  /// Which segments have nothing to take, and stand all the same.
  let removal = Suspicion()
  /// What this process's producers and consumers had last.
  let writing = LocalMutex<QueueSegment?>(nil)
  let reading = LocalMutex<QueueSegment?>(nil)
  /// Segments that this process has made, of all queues: with the process it tells each of its
  /// makers which is its own, also where several have attached to one queue.
  static let madeCount = Atomic<UInt64>(0)
  /// When this process looks for what the dead and the late hold.
  let search = SearchTimer()

  /// Name of the queue.
  public var name: String { handle.name }
  var database: Database { handle.database }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .byteQueue, expected: ByteQueueLayout.version, headerSize: ByteQueueLayout.size)
    self.handle = handle
    region = handle.region
    let delivery = Delivery(
      region.word32(at: ByteQueueLayout.delivery).loadRelaxed(),
      patience: region.word(at: ByteQueueLayout.patience).loadRelaxed())
    guard
      let overflow = Overflow(rawValue: region.word32(at: ByteQueueLayout.overflow).loadRelaxed()),
      let delivery
    else { throw handle.corrupt(.byteQueue, "its policies are unknown") }
    geometry = ByteQueueGeometry(
      segmentCapacity: Int(
        clamping: region.word(at: ByteQueueLayout.segmentCapacity).loadRelaxed()),
      segmentLimit: Int(clamping: region.word(at: ByteQueueLayout.segmentLimit).loadRelaxed()),
      overflow: overflow, delivery: delivery)
    guard geometry.isPossible, region.count == ByteQueueLayout.size else {
      throw handle.corrupt(.byteQueue, "its sizes contradict each other")
    }
    arrival = WakeWord(region.word32(at: ByteQueueLayout.arrival))
    departure = WakeWord(region.word32(at: ByteQueueLayout.departure))
  }

  static func initialize(_ region: SharedRegion, _ geometry: ByteQueueGeometry) {
    region.word32(at: 0).storeRelaxed(ByteQueueLayout.version)
    region.word32(at: ByteQueueLayout.overflow).storeRelaxed(geometry.overflow.rawValue)
    region.word32(at: ByteQueueLayout.delivery).storeRelaxed(geometry.delivery.number)
    region.word(at: ByteQueueLayout.patience).storeRelaxed(geometry.delivery.patience ?? 0)
    region.word(at: ByteQueueLayout.segmentCapacity)
      .storeRelaxed(UInt64(geometry.segmentCapacity & ~(RecordWord.unit - 1)))
    region.word(at: ByteQueueLayout.segmentLimit).storeRelaxed(UInt64(geometry.segmentLimit))
    for field in [ByteQueueLayout.head, ByteQueueLayout.tail, ByteQueueLayout.oldest] {
      region.word(at: field).storeRelaxed(Self.firstSequence)
    }
  }

  static let firstSequence: UInt64 = 1

  @inline(__always)
  var head: AtomicWord { region.word(at: ByteQueueLayout.head) }
  @inline(__always)
  var tail: AtomicWord { region.word(at: ByteQueueLayout.tail) }
  var oldest: AtomicWord { region.word(at: ByteQueueLayout.oldest) }
  var attention: AtomicWord { region.word(at: ByteQueueLayout.attention) }

  func contradiction() -> StoreError {
    handle.corrupt(.byteQueue, "its sequences contradict its segments")
  }

  func count(_ offset: Int, _ number: UInt64 = 1) { region.word(at: offset).addRelaxed(number) }

  /// Whether elements stay until their consumers acknowledge them.
  var isAcknowledged: Bool { geometry.delivery != .atMostOnce }

  /// Whether who claimed a record has died; `false` when it lives, or may live.
  func isClaimOfDead(_ word: RecordWord) -> Bool {
    suspicion.isOfDead(word.rawValue, word.owner, handle)
  }

  func wakeAll() {
    arrival.wake()
    departure.wake()
  }

  // MARK: Counters

  /// Elements that left by the overflow policy.
  public var droppedCount: UInt64 { region.word(at: ByteQueueLayout.dropped).loadRelaxed() }
  /// Pushes refused by the overflow policy.
  public var rejectedCount: UInt64 { region.word(at: ByteQueueLayout.rejected).loadRelaxed() }
  /// Elements that died with the process that was writing or, with delivery `atMostOnce`, reading
  /// them; counted when somebody comes upon them.
  public var lostCount: UInt64 { region.word(at: ByteQueueLayout.lost).loadRelaxed() }
  /// Claims of elements that had been claimed before.
  public var redeliveredCount: UInt64 {
    region.word(at: ByteQueueLayout.redelivered).loadRelaxed()
  }

  /// Elements pushed so far, with those that a producer has given up or died with.
  ///
  /// **Concurrency.** Any thread, also through a read-only mapping.
  ///
  /// - Throws: `notFound` where the queue was deleted; `corrupt`, `incompatible`, `segmentLost`.
  /// - Complexity: O(1), and O(elements that others push meanwhile).
  public var pushedCount: UInt64 {
    get throws(StoreError) {
      while true {
        // Pair queue-sequence: its segment was made before.
        let sequence = tail.loadAcquiring()
        var count: UInt64?
        var failure: StoreError?
        do throws(StoreError) { count = try segment(sequence)?.claimedCount() } catch {
          failure = error
        }
        try handle.checkLoss()
        // Pair queue-sequence: while the tail is there, nobody removes the segment.
        guard tail.loadSequential() == sequence else { continue }
        if let failure { throw failure }
        if let count { return count }
        guard sequence != Self.firstSequence else { return 0 }
        throw StoreError(
          .notFound, place: handle.place(.byteQueue), reason: "its last segment is gone",
          remedy: "it was deleted; create it again")
      }
    }
  }

  /// What is in a queue.
  public struct Contents: Hashable, Sendable {
    /// Elements that can be taken.
    public var waiting = 0
    /// Elements that a consumer has and has not finished.
    public var held = 0
    /// Bytes of the elements that can be taken.
    public var waitingBytes = 0
    /// Segments that there are.
    public var segments = 0
  }

  /// Counts what is in the queue.
  ///
  /// **Concurrency.** Any thread, also through a read-only mapping. Each element is looked at once;
  /// the numbers need not be of one instant.
  ///
  /// - Returns: The counts.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(elements in the segments there are).
  public func contents() throws(StoreError) -> Contents {
    var contents = Contents()
    try forEachSegment { segment throws(StoreError) in
      contents.segments += 1
      try segment.forEachRecord { offset, word throws(StoreError) in
        switch word.state {
        case .full, .returned:
          contents.waiting += 1
          contents.waitingBytes += try segment.element(of: offset, word).count
        case .reading, .held: contents.held += 1
        default: break
        }
        return true
      }
      return true
    }
    try handle.checkLoss()
    return contents
  }
}
