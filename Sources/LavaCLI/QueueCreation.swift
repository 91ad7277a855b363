import ArgumentParser
import SharedStructures
import SimDB

/// How a queue is made that is not there.
struct QueueCreation: ParsableArguments {
  /// The kinds of queues that need no type of their elements.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case queue
    case byteQueue
  }

  /// What a full queue does.
  enum OverflowName: String, ExpressibleByArgument, CaseIterable {
    case wait, reject, dropOldest, dropNewest

    var overflow: Overflow {
      switch self {
      case .wait: .wait
      case .reject: .reject
      case .dropOldest: .dropOldest
      case .dropNewest: .dropNewest
      }
    }
  }

  /// What becomes of what a consumer dies with.
  enum DeliveryName: String, ExpressibleByArgument, CaseIterable {
    case atMostOnce, acknowledged
  }

  @Option(help: "Make a queue of messages, or a byte queue.") var create: Kind?
  @Option(
    help: "Of a queue of messages: how many it has room for, a power of two. (default: 1024)")
  var capacity: Int?
  @Option(help: "Of a queue of messages: bytes of payload that a cell carries. (default: 56)")
  var payloadCapacity: Int?
  @Option(help: "Of a byte queue: bytes of a segment. (default: 65536)") var segmentCapacity: Int?
  @Option(help: "Of a byte queue: segments that it may have. (default: 64)") var segmentLimit: Int?
  @Option(help: "Of a byte queue: whether consumers acknowledge. (default: atMostOnce)")
  var delivery: DeliveryName?
  @Option(help: "With acknowledged: how long a consumer may take, such as 5s. (default: for ever)")
  var within: DurationArgument?
  @Option(help: "What it does when it is full. (default: wait)") var overflow: OverflowName?

  func validate() throws {
    let ofMessages = capacity != nil || payloadCapacity != nil
    let ofBytes = segmentCapacity != nil || segmentLimit != nil || delivery != nil || within != nil
    if create == nil, ofMessages || ofBytes || overflow != nil {
      throw ValidationError("how a queue is made is said with --create only")
    }
    if create == .byteQueue, ofMessages {
      throw ValidationError(
        "a byte queue has no --capacity or --payload-capacity; say --segment-capacity and "
          + "--segment-limit")
    }
    if create == .queue, ofBytes {
      throw ValidationError(
        "a queue of messages has no segments, and delivers at most once; say --capacity, or "
          + "--create byteQueue")
    }
    if within != nil, delivery != .acknowledged {
      throw ValidationError("--within goes with --delivery acknowledged only")
    }
  }

  /// Makes the queue where it is to be made and is not there.
  ///
  /// - Throws: `typeMismatch` where the entry is of another kind; as creating does.
  func create(_ name: String, in database: Database) throws(StoreError) {
    switch create {
    case nil: break
    case .queue:
      var geometry = QueueGeometry()
      if let capacity { geometry.capacity = capacity }
      if let payloadCapacity { geometry.payloadCapacity = payloadCapacity }
      if let overflow { geometry.overflow = overflow.overflow }
      _ = try database.queue(name, creating: geometry)
    case .byteQueue:
      var geometry = ByteQueueGeometry()
      if let segmentCapacity { geometry.segmentCapacity = segmentCapacity }
      if let segmentLimit { geometry.segmentLimit = segmentLimit }
      if let overflow { geometry.overflow = overflow.overflow }
      if delivery == .acknowledged {
        geometry.delivery = .acknowledged(withinNanoseconds: within?.nanoseconds)
      }
      _ = try database.byteQueue(name, creating: geometry)
    }
  }
}
