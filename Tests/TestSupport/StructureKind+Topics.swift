import SharedMemory
import SharedStructures
import SimDB

/// Topics: all publish, and all subscribe, again and again.
extension StructureKind {
  func createTopic(in store: Database) throws {
    switch self {
    case .topic, .waitedTopic:
      _ = try store.topic(
        rawValue, of: StructureRecorder.Element.self,
        creating: TopicGeometry(
          capacity: 8, slowSubscribers: self == .topic ? .skip : .wait, subscriberCapacity: 8))
    case .byteTopic:
      // Segments of few elements, and so many of them that no subscriber is too slow.
      _ = try store.byteTopic(
        rawValue,
        creating: ByteTopicGeometry(
          subscriberCapacity: 8, segmentCapacity: 256, segmentLimit: 1_024))
    default: preconditionFailure("a \(self) is no topic")
    }
  }

  /// So many more looks than publications that subscribers keep up.
  private func acts(
    push: StructureRecorder.Act, pop: StructureRecorder.Act, subscribe: StructureRecorder.Act
  ) -> [StructureRecorder.Act] {
    Array(repeating: push, count: 5) + Array(repeating: pop, count: 30) + [subscribe]
  }

  private final class Reading {
    private var end: Subscription<StructureRecorder.Element>?
    private let topic: Topic<StructureRecorder.Element>

    init(_ topic: Topic<StructureRecorder.Element>) { self.topic = topic }

    func begin(from start: Topic<StructureRecorder.Element>.Start = .new) throws {
      end = nil
      end = try topic.subscribe(from: start)
    }

    /// - Parameter timeoutNanoseconds: How long to wait for what somebody has begun to publish.
    func next(timeoutNanoseconds: UInt64 = 0) throws -> StructureOperation.Answer {
      guard let position = end?.position else { return .none }
      var element = try end?.next()
      if element == nil, timeoutNanoseconds > 0, position < topic.publishedCount {
        element = try end?.next(timeoutNanoseconds: timeoutNanoseconds)
      }
      guard let element, let next = end?.position, let missed = end?.missedCount else {
        return .none
      }
      return .values([Int(next) - 1, Int(missed), element.told])
    }
  }

  func topicActs(_ store: Database, id: Int) throws -> [StructureRecorder.Act] {
    let topic = try store.topic(rawValue, of: StructureRecorder.Element.self)
    let reading = Reading(topic)
    if id == Self.last {
      try reading.begin(from: .oldest)
      // What the dead were publishing is given up after a while.
      return [(.pop, { _, _ in try reading.next(timeoutNanoseconds: 1_000_000_000) })]
    }
    return acts(
      push: (
        .push,
        { _, value in
          try topic.publish(.init(number: value), timeoutNanoseconds: 0) ? .done : .none
        }
      ), pop: (.pop, { _, _ in try reading.next() }),
      subscribe: (
        .subscribe,
        { _, _ in
          try reading.begin()
          return .done
        }
      ))
  }

  private final class Hearing { var end: ByteSubscription? }

  func byteTopicActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let topic = try store.byteTopic(rawValue)
    let hearing = Hearing()
    return acts(
      push: (
        .push,
        { _, value in
          let bytes = StructureRecorder.Element(number: value).withBytes { $0.array }
          // There is room.
          return try topic.publish(bytes, timeoutNanoseconds: 0).isComplete ? .done : .value(-1)
        }
      ),
      pop: (
        .pop,
        { _, _ in
          guard let bytes = try hearing.end?.pop()?.bytes else { return .none }
          return .value(bytes.rawSpan.value(as: StructureRecorder.Element.self).told)
        }
      ),
      subscribe: (
        .subscribe,
        { _, _ in
          hearing.end = nil
          hearing.end = try topic.subscribe(overflow: .reject)
          return .done
        }
      ))
  }
}
