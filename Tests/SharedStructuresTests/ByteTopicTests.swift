import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct ByteTopicTests {
  let scratch = Scratch()

  private func makeStore(_ blockCount: Int = 16_384) throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: blockCount))
  }

  private func makeTopic(
    _ geometry: ByteTopicGeometry = ByteTopicGeometry(
      subscriberCapacity: 4, segmentCapacity: 256, segmentLimit: 2)
  ) throws -> ByteTopic {
    try makeStore().byteTopic("news", creating: geometry)
  }

  private func popAll(_ subscription: ByteSubscription) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    while let received = try subscription.pop() { all.append(received.bytes) }
    return all
  }

  /// Two of these fill a segment of 256 bytes.
  private func large(_ number: Int) -> [UInt8] {
    [UInt8(number)] + [UInt8](repeating: 0, count: 90)
  }

  /// The example of the documentation.
  @Test func `each subscriber gets what is published after it came`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry())
    let log = try topic.subscribe(overflow: .wait)
    try topic.publish("for one")
    let screen = try topic.subscribe(overflow: .dropOldest)
    try topic.publish(byteCount: 8) { $0.storeBytes(of: 7, as: UInt64.self) }

    #expect(try log.receive() == .init(type: .utf8, bytes: Array("for one".utf8)))
    #expect(try log.count() == 1 && screen.count() == 1)
    #expect(try screen.receive()?.bytes == [7, 0, 0, 0, 0, 0, 0, 0])
  }

  // MARK: Against plain arrays

  @Test func `it does what an array for each subscriber does`() throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let topic = try store.byteTopic(
      "news",
      creating: ByteTopicGeometry(subscriberCapacity: 4, segmentCapacity: 512, segmentLimit: 3))
    // Another handle, as another process has it, publishes as well.
    let other = try store.byteTopic("news")
    var subscribers: [(end: ByteSubscription, model: [[UInt8]])] = []
    for step in 0..<2_000 {
      switch generator.next() % 10 {
      case 0 where subscribers.count < 4:
        subscribers.append((try topic.subscribe(overflow: .reject), []))
      case 1 where !subscribers.isEmpty && generator.next() % 2 == 0:
        subscribers.remove(at: Int(generator.next() % UInt64(subscribers.count)))
      case 2...6:
        let length = Int(generator.next() % (generator.next() % 20 == 0 ? 2_000 : 100))
        let element = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* step) }
        let before = subscribers.map(\.end.rejectedCount)
        let publication = try (step % 2 == 0 ? topic : other).publish(element)
        var reached = 0
        for index in subscribers.indices
        where subscribers[index].end.rejectedCount == before[index] {
          subscribers[index].model.append(element)
          reached += 1
        }
        #expect(publication.reached == reached && publication.dropped == 0)
        #expect(publication.rejected == subscribers.count - reached)
      default:
        for index in subscribers.indices where generator.next() % 2 == 0 {
          let expected = subscribers[index].model.first
          #expect(try subscribers[index].end.peek()?.bytes == expected)
          #expect(try subscribers[index].end.pop()?.bytes == expected)
          if expected != nil { subscribers[index].model.removeFirst() }
        }
      }
      for subscriber in subscribers {
        #expect(try subscriber.end.count() == subscriber.model.count)
      }
    }
    #expect(try topic.subscribers().count == subscribers.count)
    for subscriber in subscribers { #expect(try popAll(subscriber.end) == subscriber.model) }
    subscribers = []
    // Who has published forgets the queues of those who have gone.
    #expect(try topic.publish([1]).reached == 0 && other.publish([1]).reached == 0)
    #expect(try store.keys(prefix: "news/") == [])
    #expect(store.check() == [])
  }

  @Test func `nothing is left of those who have gone`() throws {
    let viewer = try makeStore()
    let clean = try viewer.statistics().usedBlocks
    do {
      let store = try Database.open(scratch.database())
      let topic = try store.byteTopic("news", creating: ByteTopicGeometry(segmentCapacity: 512))
      for _ in 0..<10 {
        let ends = try Overflow.allCases.map { try topic.subscribe(overflow: $0) }
        for number in 0..<20 { #expect(try topic.publish(large(number)).reached == ends.count) }
        #expect(try topic.subscribers().count == ends.count)
      }
      #expect(try store.keys(prefix: "news").count == 1)
      try store.deleteStructure("news")
    }
    try viewer.sweep()
    #expect(viewer.check() == [])
    #expect(try viewer.statistics().usedBlocks == clean)
  }

  // MARK: Slow subscribers

  @Test func `each subscriber says what happens when it is slow`() throws {
    let topic = try makeTopic()
    let ends = try Overflow.allCases.map { try topic.subscribe(overflow: $0) }
    #expect(ends.map(\.overflow) == Overflow.allCases)
    for number in 0..<4 { #expect(try topic.publish(large(number)).reached == 4) }
    // Each queue has room for four such elements.
    for number in 4..<10 {
      let publication = try topic.publish(large(number), timeoutNanoseconds: 1_000)
      #expect(publication.reached == 1 && publication.timedOut == 1)
      #expect(publication.rejected == 1 && publication.dropped == 1 && !publication.isComplete)
    }
    for end in ends {
      let left = try popAll(end).map { $0[0] }
      switch end.overflow {
      case .wait: #expect(left == [0, 1, 2, 3] && end.droppedCount == 0)
      case .reject: #expect(left == [0, 1, 2, 3] && end.rejectedCount == 6)
      case .dropNewest: #expect(left == [0, 1, 2, 3] && end.droppedCount == 6)
      case .dropOldest: #expect(left == [6, 7, 8, 9] && end.droppedCount == 6)
      }
    }
    #expect(try topic.publish([1]).isComplete)
  }

  @Test func `who is not slow has the element before others are waited for`() throws {
    let topic = try makeTopic()
    let slow = try topic.subscribe()
    let fast = try topic.subscribe()
    for number in 0..<4 { try topic.publish(large(number)) }
    _ = try popAll(fast)
    try inThreads([
      {
        let reached = try topic.publish(large(4)).reached
        #expect(reached == 2)
      },
      {
        let received = try fast.receive()
        #expect(received?.bytes == large(4))
        let left = try popAll(slow)
        #expect(left.count >= 4)
      },
    ])
    #expect(try slow.count() <= 1)
  }

  @Test func `nobody waits for a subscriber that goes`() throws {
    let topic = try makeTopic()
    let slow = LocalMutex<ByteSubscription?>(try topic.subscribe())
    for number in 0..<4 { try topic.publish(large(number)) }
    try inThreads([
      {
        let reached = try topic.publish(large(4)).reached
        #expect(reached == 0)
      },
      {
        SystemClock.pause(nanoseconds: 20_000_000)
        slow.withLock { $0 = nil }
      },
    ])
    #expect(try topic.subscribers() == [])
  }

  // MARK: Coming and going

  @Test func `rows are given back, and their number is told when they are taken`() throws {
    let topic = try makeTopic()
    for _ in 0..<3 {
      let ends = try (0..<4).map { _ in try topic.subscribe() }
      let error = #expect(throws: StoreError.self) { _ = try topic.subscribe() }
      #expect(error?.code == .full)
      #expect(try topic.publish([1]).reached == ends.count)
    }
  }

  @Test func `who comes to a row that is being left goes on with that`() throws {
    let store = try makeStore()
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry(subscriberCapacity: 1))
    let left = try topic.subscribe()
    try topic.publish([1])
    // As if its process had died while it left.
    let control = topic.control(0)
    let word = SubscriberWord(rawValue: control.loadRelaxed())
    control.storeRelaxed(word.leaving.rawValue)
    #expect(try topic.publish([2]).reached == 0)
    #expect(try topic.subscribers() == [])
    let next = try topic.subscribe()
    #expect(try topic.publish([3]).reached == 1)
    #expect(try popAll(next) == [[3]])
    // It has no row any more, and takes nobody's.
    withExtendedLifetime(left) {}
    #expect(try topic.subscribers().count == 1)
  }

  @Test func `who ends a subscription late ends nobody else's`() throws {
    let topic = try makeTopic()
    var end: ByteSubscription? = try topic.subscribe()
    let word = SubscriberWord(rawValue: topic.control(0).loadRelaxed())
    #expect(try end?.count() == 0)
    end = nil
    let next = try topic.subscribe()
    try topic.end(0, word)
    #expect(try topic.publish([1]).reached == 1 && next.count() == 1)
  }

  @Test func `who publishes keeps nothing of subscribers that have gone`() throws {
    let topic = try makeTopic(ByteTopicGeometry(segmentCapacity: 4_096))
    let publisher = try Database.open(scratch.database()).byteTopic("news")
    let store = topic.handle.database
    func usedAfterRound() throws -> Int {
      do {
        let ends = try (0..<3).map { _ in try topic.subscribe() }
        for number in 0..<10 { #expect(try publisher.publish(large(number)).reached == ends.count) }
      }
      // Now it sees that they have gone.
      #expect(try publisher.publish([1]).reached == 0)
      try store.sweep()
      return Int(try store.statistics().usedBlocks)
    }
    let first = try usedAfterRound()
    // What was pinned a round ago is used again; what is pinned still would be more than twice as much.
    for _ in 0..<4 { #expect(try usedAfterRound() < first * 5 / 2) }
  }

  @Test func `what was made for one that had left is removed by the next`() throws {
    let store = try makeStore()
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry())
    var gone: ByteSubscription? = try topic.subscribe()
    let queue = try #require(gone?.queue)
    gone = nil
    // As if a publisher had died between making a segment and looking whether the subscriber is there.
    try queue.push([1])
    #expect(try store.keys(prefix: "news/").count == 1)
    let next = try topic.subscribe()
    #expect(try store.keys(prefix: "news/").count == 1)
    #expect(try topic.publish([2]).reached == 1)
    #expect(try popAll(next) == [[2]])
  }

  @Test func `a publisher that is late removes what it has made`() throws {
    let store = try makeStore()
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry())
    let publisher = try store.byteTopic("news")
    for _ in 0..<20 {
      let end = LocalMutex<ByteSubscription?>(try topic.subscribe(overflow: .dropOldest))
      try inThreads([
        { for _ in 0..<50 { try publisher.publish([1, 2, 3]) } },
        { end.withLock { $0 = nil } },
      ])
    }
    #expect(try store.keys(prefix: "news").count == 1)
    #expect(store.check() == [])
  }

  @Test func `elements of several publishers reach all, whole, in the order of each`() throws {
    let topic = try makeTopic(
      ByteTopicGeometry(subscriberCapacity: 4, segmentCapacity: 512, segmentLimit: 3))
    let count = UInt64(500 * scale)
    let ends = try (0..<2).map { _ in try topic.subscribe() }
    let publishers: [@Sendable () throws -> Void] = (UInt64(0)..<2).map { publisher in
      {
        for number in 0..<count {
          let element = publisher << 32 | number
          let publication = try topic.publish(byteCount: 8 + Int(number % 50)) {
            $0.storeBytes(of: element, as: UInt64.self)
          }
          #expect(publication.isComplete && publication.reached >= 2)
        }
      }
    }
    let subscribers: [@Sendable () throws -> Void] = ends.map { end in
      {
        var next: [UInt64] = [0, 0]
        for _ in 0..<2 * count {
          let isThere = try end.pop(timeoutNanoseconds: 20_000_000_000) { bytes, _ in
            let element = (0..<8).reduce(0) { $0 | UInt64(bytes.byte(at: $1)) << ($1 * 8) }
            let publisher = Int(element >> 32)
            #expect(element & 0xffff_ffff == next[publisher])
            next[publisher] += 1
          }
          guard isThere else {
            Issue.record("nothing comes after \(next)")
            return
          }
        }
      }
    }
    let passers: [@Sendable () throws -> Void] = [
      {
        for _ in 0..<20 * scale {
          let end = try topic.subscribe(overflow: .dropOldest)
          _ = try end.receive(timeoutNanoseconds: 1_000_000)
        }
      }
    ]
    try inThreads(publishers + subscribers + passers)
    #expect(try ends.allSatisfy { try $0.count() == 0 && $0.lostCount == 0 })
    let subscribed = try topic.subscribers().count
    withExtendedLifetime(ends) {}
    #expect(subscribed == 2)
  }

  // MARK: Taking

  @Test func `several are taken at once`() throws {
    let topic = try makeTopic(ByteTopicGeometry())
    let end = try topic.subscribe()
    for number in 0..<5 { try topic.publish([UInt8(number)]) }
    #expect(try end.take(maxCount: 3)?.map(\.bytes) == [[0], [1], [2]])
    #expect(try end.contents().waitingBytes == 2)
    #expect(try end.take(maxCount: 3)?.map(\.bytes) == [[3], [4]])
    #expect(try end.take(maxCount: 3) == nil && end.receive(timeoutNanoseconds: 1) == nil)
  }

  @Test func `a task waits without a thread, and can be cancelled`() async throws {
    let topic = try makeTopic()
    let end = try topic.subscribe()
    let receiver = Task { try await end.receive() }
    try topic.publish("text")
    #expect(try await receiver.value == .init(type: .utf8, bytes: Array("text".utf8)))
    let cancelled = Task { try await end.receive() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test func `what fails to be filled was not published`() throws {
    struct Failure: Error {}
    let topic = try makeTopic()
    let end = try topic.subscribe()
    #expect(throws: Failure.self) { try topic.publish(byteCount: 100) { _ in throw Failure() } }
    // The memory of the one before is used again, and no more of it than was asked for.
    try topic.publish(byteCount: 2) { bytes in
      #expect(bytes.byteCount == 2)
      bytes.storeBytes(of: 513, as: UInt16.self)
    }
    #expect(try popAll(end) == [[1, 2]])
    for count in [1 << 32, -1] {
      #expect(throws: StoreError.self) { try topic.publish(byteCount: count) { _ in } }
    }
  }

  // MARK: Others

  @Test func `who may not write looks at the subscribers, and does nothing else`() throws {
    let topic = try makeTopic()
    let end = try topic.subscribe(overflow: .dropNewest)
    for number in 0..<6 { try topic.publish(large(number)) }
    let view = try Database.openReadOnly(scratch.database()).byteTopic("news")
    let seen = try view.subscribers()
    #expect(try seen == topic.subscribers() && seen.count == 1)
    #expect(seen[0].pid == ProcessIdentity.current.pid && seen[0].overflow == .dropNewest)
    #expect(seen[0].contents.waiting == 4 && seen[0].droppedCount == 2)
    var error = #expect(throws: StoreError.self) { try view.publish([1]) }
    #expect(error?.code == .readOnly)
    error = #expect(throws: StoreError.self) { _ = try view.subscribe() }
    #expect(error?.code == .readOnly)
    #expect(try end.count() == 4)
    // Also where nobody subscribes.
    let store = try Database.open(scratch.database())
    _ = try store.byteTopic("other", creating: ByteTopicGeometry())
    error = #expect(throws: StoreError.self) {
      try Database.openReadOnly(scratch.database()).byteTopic("other").publish([1])
    }
    #expect(error?.code == .readOnly)
  }

  @Test func `a store without room says so, and the others have the element`() throws {
    let store = try makeStore(128)
    let topic = try store.byteTopic(
      "news", creating: ByteTopicGeometry(segmentCapacity: 1_024, segmentLimit: 100))
    let idle = try topic.subscribe()
    let busy = try topic.subscribe()
    var published = 0
    var received = 0
    let error = #expect(throws: StoreError.self) {
      while published < 1_000 {
        try topic.publish([UInt8](repeating: UInt8(truncatingIfNeeded: published), count: 200))
        published += 1
        received += try popAll(busy).count
      }
    }
    #expect(error?.code == .full && published > 10)
    received += try popAll(busy).count
    // The one that failed may have reached either of them.
    #expect((published...published + 1).contains(received))
    #expect(try (published...published + 1).contains(popAll(idle).count))
    #expect(try topic.publish([1]).reached == 2)
    #expect(try popAll(idle) == [[1]])
  }

  @Test func `what is wrong with one queue is told when the others have the element`() throws {
    let topic = try makeTopic()
    let ends = try (0..<3).map { _ in try topic.subscribe() }
    let word = ends[0].queue.region.word32(at: 0)
    let version = word.loadRelaxed()
    word.storeRelaxed(version + 1)
    // Who has not attached to it yet.
    let publisher = try Database.open(scratch.database()).byteTopic("news")
    let error = #expect(throws: StoreError.self) { try publisher.publish([1]) }
    #expect(error?.code == .incompatible)
    word.storeRelaxed(version)
    #expect(try ends.map { try $0.count() } == [0, 1, 1])
  }

  @Test func `a store that was dropped says so, also where nobody subscribes`() throws {
    let store = try makeStore()
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry())
    try Database.open(scratch.database()).drop()
    var error = #expect(throws: StoreError.self) { try topic.publish([1]) }
    #expect(error?.code == .dropped)
    error = #expect(throws: StoreError.self) { _ = try topic.subscribe() }
    #expect(error?.code == .dropped)
  }

  @Test func `a store without room for a subscriber keeps no row of it`() throws {
    let store = try makeStore(64)
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry(subscriberCapacity: 1))
    var number = 0
    #expect(throws: StoreError.self) {
      while true {
        try store.put("filling \(number)", [UInt8](repeating: 0, count: 100))
        number += 1
      }
    }
    let error = #expect(throws: StoreError.self) { _ = try topic.subscribe() }
    #expect(error?.code == .full)
    for index in 0..<number { try store.delete("filling \(index)") }
    let end = try topic.subscribe()
    #expect(try topic.subscribers().count == 1 && end.count() == 0)
  }

  @Test func `what cannot be a topic is refused`() throws {
    let store = try makeStore()
    for geometry in [
      ByteTopicGeometry(subscriberCapacity: 0), ByteTopicGeometry(subscriberCapacity: 1_025),
      ByteTopicGeometry(segmentCapacity: 255), ByteTopicGeometry(segmentLimit: 1),
    ] {
      let error = #expect(throws: StoreError.self) {
        _ = try store.byteTopic("news", creating: geometry)
      }
      #expect(error?.code == .invalidArgument)
    }
    #expect(throws: StoreError.self) { _ = try store.byteTopic("news") }
    try store.put("news", "text")
    let error = #expect(throws: StoreError.self) { _ = try store.byteTopic("news") }
    #expect(error?.code == .typeMismatch)
  }

  @Test func `scribbled bytes give an error or an element, and never a crash or a hang`() throws {
    var generator = SeededGenerator()
    for _ in 0..<200 * scale {
      let store = try Database.anonymous(Geometry(blockSize: 128, blockCount: 512))
      let topic = try store.byteTopic(
        "news",
        creating: ByteTopicGeometry(subscriberCapacity: 3, segmentCapacity: 512, segmentLimit: 4))
      let ends = try [Overflow.wait, .dropOldest].map { try topic.subscribe(overflow: $0) }
      for number in 0..<8 { try topic.publish([UInt8](repeating: UInt8(number), count: 60)) }
      var regions = [topic.region, topic.region] + ends.map(\.queue.region)
      for end in ends {
        try end.queue.forEachSegment { segment throws(StoreError) in
          regions.append(segment.records)
          return true
        }
      }
      for _ in 0..<3 {
        let region = regions[Int(generator.next() % UInt64(regions.count))]
        let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
        let old = word.loadRelaxed()
        word.storeRelaxed(
          generator.next() % 2 == 0 ? generator.next() : old ^ 1 << (generator.next() % 64))
      }
      for handle in [topic, try? store.byteTopic("news")].compactMap(\.self) {
        _ = try? handle.subscribers()
        for _ in 0..<4 { _ = try? handle.publish([1, 2, 3], timeoutNanoseconds: 1_000) }
        for end in ends {
          for _ in 0..<6 { _ = try? end.pop() }
          _ = try? end.peek()
        }
        if let other = try? handle.subscribe(overflow: .reject) { _ = try? other.pop() }
      }
    }
  }

  @Test func `an entry of other bytes is refused`() throws {
    let store = try makeStore()
    let topic = try store.byteTopic("news", creating: ByteTopicGeometry())
    for (offset, code) in [
      (0, StoreError.Code.incompatible), (ByteTopicLayout.subscriberCapacity, .corrupt),
      (ByteTopicLayout.segmentCapacity, .corrupt), (ByteTopicLayout.segmentLimit, .corrupt),
    ] {
      let word = topic.region.word(at: offset)
      let old = word.loadRelaxed()
      word.storeRelaxed(old ^ (1 << 31))
      let error = #expect(throws: StoreError.self) { _ = try store.byteTopic("news") }
      #expect(error?.code == code)
      word.storeRelaxed(old)
    }
    // What would be possible, but has other words than there are.
    topic.region.word(at: ByteTopicLayout.subscriberCapacity).storeRelaxed(65)
    let refusal = #expect(throws: StoreError.self) { _ = try store.byteTopic("news") }
    #expect(refusal?.code == .corrupt)
    withExtendedLifetime(try topic.subscribe()) {}
    topic.control(0).storeRelaxed(3 << 27)
    var error = #expect(throws: StoreError.self) { try topic.publish([1]) }
    #expect(error?.code == .corrupt)
    error = #expect(throws: StoreError.self) { _ = try topic.subscribe() }
    #expect(error?.code == .corrupt)
  }
}
