import SharedMemory
import SimDB

/// What elements come out of, to be waited for together with others: see ``Selection``.
///
/// **Concurrency.** `Sendable`; looking at it changes no element.
public struct Inlet: Sendable {
  let handle: StructureHandle
  let arrival: WakeWord
  /// Announces a sleeper on that word.
  let announce: @Sendable () -> UInt32
  /// Whether nothing can be taken.
  let isEmpty: @Sendable () -> Bool
  /// Whether what is next is in the hands of a producer, who may have died, or of a consumer that
  /// did.
  let isHeldUp: @Sendable () -> Bool

  init(_ ring: ClaimRing) {
    handle = ring.handle
    arrival = ring.arrival
    announce = { ring.arrival.prepare() }
    isEmpty = { ring.isEmpty }
    isHeldUp = { ring.isHeldUp }
  }

  init(_ queue: CellQueue) {
    handle = queue.handle
    arrival = queue.ring.arrival
    announce = { queue.ring.arrival.prepare() }
    isEmpty = { queue.isEmpty }
    isHeldUp = { queue.ring.isHeldUp || queue.claims?.hasAbandoned() == true }
  }

  init(_ channel: CellChannel) {
    handle = channel.handle
    arrival = channel.cells.arrival
    announce = { channel.cells.announce(on: channel.cells.arrival) }
    isEmpty = { channel.isEmpty }
    isHeldUp = { false }
  }

  init(_ queue: ByteQueue) {
    handle = queue.handle
    arrival = queue.arrival
    announce = { queue.arrival.prepare() }
    isEmpty = { queue.isEmpty }
    isHeldUp = { queue.isHeldUp }
  }

  init(_ levels: PriorityLevels) {
    handle = levels.handle
    arrival = levels.arrival
    announce = { levels.arrival.prepare() }
    isEmpty = { levels.seemsEmpty }
    isHeldUp = { levels.hasForgotten }
  }

  init(_ stack: UnitStack) {
    handle = stack.handle
    arrival = stack.arrival
    announce = { stack.arrival.prepare() }
    isEmpty = { stack.isEmpty }
    isHeldUp = { false }
  }

  init<Element: SharedValue>(_ queue: OrderedQueue<Element>) {
    handle = queue.list.handle
    arrival = queue.arrival
    announce = { queue.arrival.prepare() }
    isEmpty = {
      do throws(StoreError) { return try queue.peek() == nil } catch {
        // Nothing comes from a store that was dropped. Of other faults who pops is told.
        return error.code == .dropped
      }
    }
    isHeldUp = { false }
  }

  init(_ topic: TopicCore, at position: UInt64) {
    handle = topic.handle
    arrival = topic.arrival
    announce = { topic.arrival.prepare() }
    isEmpty = { topic.isWaiting(at: position) }
    isHeldUp = { topic.isHeldUp(at: position) }
  }
}

extension MessageQueue {
  /// The queue as one of several to wait for.
  public var inlet: Inlet { Inlet(ring) }
}

extension Queue {
  /// The queue as one of several to wait for.
  public var inlet: Inlet { Inlet(cells) }
}

extension Channel {
  /// The channel as one of several to wait for; its receiver takes what has come.
  public var inlet: Inlet { Inlet(cells) }
}

extension ByteQueue {
  /// The queue as one of several to wait for.
  public var inlet: Inlet { Inlet(self) }
}

extension ByteSubscription {
  /// The subscription as one of several to wait for.
  public var inlet: Inlet { queue.inlet }
}

extension PriorityQueue {
  /// The queue as one of several to wait for.
  public var inlet: Inlet { Inlet(levels) }
}

extension OrderedQueue {
  /// The queue as one of several to wait for.
  public var inlet: Inlet { Inlet(self) }
}

extension Stack {
  /// The stack as one of several to wait for.
  public var inlet: Inlet { Inlet(stack) }
}

extension Subscription {
  /// The subscription as one of several to wait for, where it stands now: another one is needed
  /// when it has read on.
  public var inlet: Inlet { end.inlet }
}
