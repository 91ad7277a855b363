import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Topics with two subscribers, which are not the victim's; what the second one has is told by
  /// numbers over a hundred.
  static let byteTopics: [Self] = [
    byteTopic("byte topic whose subscribers are waited for", .wait),
    byteTopic("byte topic whose subscribers miss the oldest", .dropOldest), leaving, left,
  ]

  /// A topic whose only subscriber leaves beside a publisher that is stopped, which then goes on and
  /// dies: what it has made for who had left is gone when the next has subscribed.
  private static let left = Self(name: "byte topic that its subscriber has left") { store, key in
    let geometry = ByteTopicGeometry(subscriberCapacity: 2, segmentCapacity: 256, segmentLimit: 4)
    let topic = try store.byteTopic(key, creating: geometry)
    var subscription: ByteSubscription? = try topic.subscribe(overflow: .reject)
    func publish(_ number: Int) throws {
      // Each has a segment of its own.
      try topic.publish(NumberedValue(number, count: 100).bytes)
    }
    try publish(1)
    return StructureOnTrial(
      standing: [],
      operations: [.init(name: "publish", run: { try publish(2) }, after: [[]], diesLater: true)],
      useBeside: {
        withExtendedLifetime(subscription) {}
        subscription = nil
      },
      drain: {
        subscription = nil
        withExtendedLifetime(try topic.subscribe(overflow: .reject)) {}
        let parts = try store.keys(prefix: "\(key)/part/").count
        try require(parts == 0, "\(parts) parts stay behind")
        return []
      })
  }

  /// A topic that all leave: nothing of the dead is there when their rows are free, though nobody has
  /// subscribed since.
  private static let leaving = Self(name: "byte topic that all leave") { store, key in
    let geometry = ByteTopicGeometry(subscriberCapacity: 2, segmentCapacity: 256, segmentLimit: 2)
    let topic = try store.byteTopic(key, creating: geometry)
    return StructureOnTrial(
      standing: [],
      operations: [
        .init(
          name: "subscribe and leave", run: { _ = try topic.subscribe(overflow: .reject).count() },
          after: [[]])
      ],
      useBeside: { try topic.publish([1]) },
      drain: {
        // Now and then, a publisher looks for the dead, and a new one soon.
        let publisher = try store.byteTopic(key)
        for _ in 0..<16 { try publisher.publish([1]) }
        let parts = try store.keys(prefix: "\(key)/part/").count
        try require(parts == 0, "\(parts) parts stay behind")
        return []
      })
  }

  private static func byteTopic(_ name: String, _ overflow: Overflow) -> Self {
    Self(name: name) { store, key in
      let topic = try store.byteTopic(
        key,
        creating: ByteTopicGeometry(subscriberCapacity: 5, segmentCapacity: 256, segmentLimit: 4))
      let ends = try (0..<2).map { _ in try topic.subscribe(overflow: overflow) }
      /// Who goes while the victim is stopped.
      var passers = [try topic.subscribe(overflow: .dropOldest)]
      @discardableResult
      func publish(_ number: Int, count: Int = 100) throws -> Int {
        try topic.publish(NumberedValue(number, count: count).bytes, timeoutNanoseconds: 0).reached
      }
      // All rows once, so that this process has the lanes for the pins of as many.
      var others = try (0..<2).map { _ in try topic.subscribe(overflow: overflow) }
      try publish(0)
      for end in ends + passers + others { _ = try end.pop() }
      others.removeAll()
      for number in 1...3 { try require(publish(number) == 3, "there is no room for \(number)") }
      func drain() throws -> [Int] {
        var numbers: [Int] = []
        let time = SystemClock.monotonicNanoseconds + 5_000_000_000
        for (index, end) in ends.enumerated() {
          repeat {
            while let received = try end.pop() {
              guard let value = NumberedValue(received.bytes) else {
                throw Failure("an element is torn")
              }
              numbers.append(index * 100 + value.number)
            }
            try require(SystemClock.monotonicNanoseconds < time, "it does not get empty")
          } while try end.count() > 0
        }
        passers.removeAll()
        // The row of the dead is free again, and nothing is left of its queue.
        withExtendedLifetime(try topic.subscribe(overflow: .reject)) {}
        let parts = try Set(
          store.keys(prefix: "\(key)/part/").map { $0.split(separator: UInt8(ascii: "/"))[3] })
        try require(parts.count == 2, "there are queues of \(parts.count) subscribers")
        return numbers
      }
      var mine: ByteSubscription?
      let standing = [1, 2, 3, 101, 102, 103]
      return StructureOnTrial(
        standing: standing,
        operations: [
          .init(
            name: "publish", run: { try publish(4) }, after: [[1, 2, 3, 4, 101, 102, 103, 104]],
            interrupted: [[1, 2, 3, 4, 101, 102, 103]]),
          .init(
            name: "publish a large one", run: { try publish(4, count: 700) },
            after: [[1, 2, 3, 4, 101, 102, 103, 104]],
            interrupted: [[1, 2, 3, 4, 101, 102, 103]]),
          .init(
            name: "publish filling",
            run: {
              let value = NumberedValue(4, count: 16).bytes
              try topic.publish(byteCount: 16) { bytes in
                for (offset, byte) in value.enumerated() { bytes.setByte(byte, at: offset) }
              }
            }, after: [[1, 2, 3, 4, 101, 102, 103, 104]],
            interrupted: [[1, 2, 3, 4, 101, 102, 103]]),
          .init(name: "look", run: { _ = try topic.subscribers() }, after: [standing]),
          .init(
            name: "subscribe and leave",
            run: { _ = try topic.subscribe(overflow: .reject).count() }, after: [standing]),
          .init(
            name: "subscribe, publish, read and leave",
            run: {
              let end = try topic.subscribe(overflow: .reject)
              try publish(4)
              _ = try end.pop()
            }, after: [[1, 2, 3, 4, 101, 102, 103, 104]],
            interrupted: [[1, 2, 3, 4, 101, 102, 103]]),
          .init(
            name: "subscribe, publish and end without leaving",
            run: {
              mine = try topic.subscribe(overflow: .reject)
              try publish(4)
              _ = try mine?.peek()
            }, after: [[1, 2, 3, 4, 101, 102, 103, 104]],
            interrupted: [[1, 2, 3, 4, 101, 102, 103]]),
        ],
        useBeside: {
          passers.removeAll()
          for number in 0..<8 {
            try publish(10 + number)
            if number % 2 == 0 { for end in ends { _ = try end.pop() } }
          }
          let end = try? topic.subscribe(overflow: .dropNewest)
          try publish(20)
          _ = try end?.pop()
        },
        drain: {
          // In the rehearsal it is this process that did not leave.
          mine = nil
          return try drain()
        })
    }
  }
}
