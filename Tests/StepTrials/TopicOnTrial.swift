import SharedMemory
import SharedStructures
import SimDB

/// An element of a topic, which tells whether it is whole.
private struct Published: SharedValue {
  let number: Int64
  let complement: Int64
  static var layoutName: String { "published.1" }

  init(_ number: Int) {
    self.number = Int64(number)
    complement = ~self.number
  }
}

extension StructureOnTrial.Kind {
  /// Topics of eight elements.
  static let topics: [Self] = [
    topic("topic", .skip), topic("topic that waits for subscribers", .wait),
  ]

  private static func topic(_ name: String, _ slow: TopicGeometry.SlowSubscribers) -> Self {
    Self(name: name) { store, key in
      let geometry = TopicGeometry(capacity: 8, slowSubscribers: slow, subscriberCapacity: 2)
      let topic = try store.topic(key, of: Published.self, creating: geometry)
      let before = topic.lostCount
      func publish(_ number: Int, _ timeout: UInt64 = 0) throws -> Bool {
        try topic.publish(Published(number), timeoutNanoseconds: timeout)
      }
      for number in 1...3 { try require(publish(number), "there is no room for \(number)") }
      func read(_ count: Int = .max) throws -> [Int] {
        var numbers: [Int] = []
        var subscription = try topic.subscribe(from: .oldest)
        while numbers.count < count, let element = try subscription.next() {
          try require(element.complement == ~element.number, "an element is torn")
          numbers.append(Int(element.number))
        }
        return numbers
      }
      return StructureOnTrial(
        standing: [1, 2, 3],
        operations: [
          .init(name: "publish", run: { _ = try publish(4) }, after: [[1, 2, 3, 4]]),
          .init(
            name: "publish some", run: { for number in 4...6 { _ = try publish(number) } },
            after: [[1, 2, 3, 4, 5, 6]], interrupted: [[1, 2, 3, 4], [1, 2, 3, 4, 5]]),
          .init(name: "read", run: { _ = try read() }, after: [[1, 2, 3]]),
          .init(name: "read one", run: { _ = try read(1) }, after: [[1, 2, 3]]),
        ],
        useBeside: {
          for number in 0..<20 { _ = try publish(1_000 + number) }
          if slow == .skip { _ = try read() }
        },
        drain: {
          // Whoever died publishing is found out by who comes to its cell.
          var numbers: [Int] = []
          let end = SystemClock.monotonicNanoseconds + 5_000_000_000
          // Where publishers wait, who comes late does not begin with the oldest of a full ring.
          let kept = UInt64(geometry.capacity - (slow == .wait ? 1 : 0))
          repeat {
            numbers = try read()
            try require(SystemClock.monotonicNanoseconds < end, "a claim of the dead stands")
          } while UInt64(numbers.count) + topic.lostCount - before
            < min(topic.publishedCount, kept)
          // Nobody waits for the dead.
          for number in 0..<16 {
            try require(publish(2_000 + number, 5_000_000_000), "publishers are held up")
          }
          try require(topic.lostCount <= before + 1, "\(topic.lostCount - before) were lost")
          return numbers
        })
    }
  }
}
