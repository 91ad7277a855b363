import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

private struct Measured: SharedValue, Equatable {
  var number: UInt64 = 0
  /// Twice and three times the number, so that a torn one shows.
  var double: UInt64 = 0
  var triple: UInt32 = 0
  static var layoutName: String { "reading.1" }

  init(_ number: UInt64) {
    self.number = number
    double = number &* 2
    triple = UInt32(truncatingIfNeeded: number &* 3)
  }

  var isWhole: Bool { self == Measured(number) }
}

private struct OtherMeasured: SharedValue {
  var number: UInt64 = 0
  var triple: UInt32 = 0
  var double: UInt64 = 0
  static var layoutName: String { "reading.1" }
}

@Suite struct TopicTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 128, blockCount: 8_192))
  }

  private func makeTopic(
    _ capacity: Int = 8, _ slow: TopicGeometry.SlowSubscribers = .skip, subscribers: Int = 4
  ) throws -> Topic<Measured> {
    try makeStore().topic(
      "readings", of: Measured.self,
      creating: TopicGeometry(
        capacity: capacity, slowSubscribers: slow, subscriberCapacity: subscribers))
  }

  private func numbers(_ subscription: inout Subscription<Measured>) throws -> [UInt64] {
    var numbers: [UInt64] = []
    while let reading = try subscription.next() {
      #expect(reading.isWhole)
      numbers.append(reading.number)
    }
    return numbers
  }

  /// The example of the documentation.
  @Test func `every subscriber reads everything, and a late one has history`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let topic = try store.topic(
      "readings", of: Measured.self, creating: TopicGeometry(capacity: 16))
    var early = try topic.subscribe()
    for number in UInt64(0)..<5 { try topic.publish(Measured(number)) }
    var late = try topic.subscribe(from: .last(2))
    var new = try topic.subscribe()
    try topic.publish(Measured(5))

    #expect(try numbers(&early) == [0, 1, 2, 3, 4, 5])
    #expect(try numbers(&late) == [3, 4, 5])
    #expect(try numbers(&new) == [5])
  }

  @Test func `a slow subscriber misses the oldest, and is told how many`() throws {
    let topic = try makeTopic(8)
    var slow = try topic.subscribe()
    for number in UInt64(0)..<100 { try topic.publish(Measured(number)) }
    let read = try numbers(&slow)
    #expect(read == Array(read[0]..<100) && (5...8).contains(read.count))
    #expect(slow.missedCount == 100 - UInt64(read.count))
    #expect(topic.missedCount == slow.missedCount && topic.publishedCount == 100)
    var oldest = try topic.subscribe(from: .oldest)
    #expect(try numbers(&oldest) == Array(92..<100))
    var last = try topic.subscribe(from: .last(1_000))
    #expect(try numbers(&last) == Array(92..<100))
  }

  // MARK: Against a plain array

  /// A subscriber, and where it has to be.
  private final class Follower {
    var subscription: Subscription<Measured>
    let countsMissed: Bool
    var position: Int
    var missed = 0

    init(_ subscription: consuming Subscription<Measured>, at position: Int, countsMissed: Bool) {
      self.subscription = subscription
      self.position = position
      self.countsMissed = countsMissed
    }

    /// Reads what comes next, and holds it against all that was published.
    func read(_ published: [UInt64], capacity: Int, isWaited: Bool) throws {
      let element = try isWaited ? subscription.next() : subscription.next(timeoutNanoseconds: 0)
      let oldest = max(0, published.count - capacity)
      if position < oldest {
        let found = Int(subscription.position) - 1
        // All that is gone is missed, and of what is not, an eighth of the ring at most.
        #expect((oldest...max(position + 1, oldest + capacity / 8)).contains(found))
        missed += found - position
        position = found
      }
      let expected = position < published.count ? Measured(published[position]) : nil
      #expect(element == expected)
      if expected != nil { position += 1 }
      #expect(subscription.position == UInt64(position))
      #expect(subscription.missedCount == UInt64(missed))
    }
  }

  @Test(arguments: TopicGeometry.SlowSubscribers.allCases, [2, 8, 64])
  func `it does what an array does that each reads from a place of its own`(
    slow: TopicGeometry.SlowSubscribers, capacity: Int
  ) throws {
    var generator = SeededGenerator()
    let rows = 4
    let store = try makeStore()
    let geometry = TopicGeometry(
      capacity: capacity, slowSubscribers: slow, subscriberCapacity: rows)
    let topics = try [
      store.topic("readings", of: Measured.self, creating: geometry),
      store.topic("readings", of: Measured.self),
      Database.open(scratch.database()).topic("readings", of: Measured.self),
    ]
    let view = try Database.openReadOnly(scratch.database()).topic("readings", of: Measured.self)
    var published: [UInt64] = []
    var followers: [Follower] = []
    var (refused, missed) = (0, 0)

    func subscribe(to topic: Topic<Measured>, isView: Bool) throws {
      let wanted = Int.random(in: -1...capacity + 2, using: &generator)
      let starts: [(Topic<Measured>.Start, history: Int)] = [
        (.new, 0), (.oldest, capacity), (.last(wanted), min(max(wanted, 0), capacity)),
      ]
      let (start, history) = starts.randomElement(using: &generator)!
      // Where publishers wait, one may be about to take the oldest.
      let most = slow == .wait ? capacity - 1 : capacity
      do throws(StoreError) {
        let subscription = try topic.subscribe(from: start)
        let position = published.count - min(published.count, history, most)
        #expect(subscription.position == UInt64(position))
        followers.append(Follower(subscription, at: position, countsMissed: !isView))
        #expect(slow == .skip || !isView && followers.count <= rows)
      } catch {
        #expect(slow == .wait && error.code == (isView ? .readOnly : .full))
        #expect(isView || followers.count == rows)
      }
    }

    for step in 0..<3_000 {
      let topic = try #require(topics.randomElement(using: &generator))
      // Now publishers are faster, now subscribers.
      switch Int.random(in: step / 100 % 2 == 0 ? 0..<10 : 3..<14, using: &generator) {
      case 0...3:
        for _ in 0..<Int.random(in: 1...max(2, capacity / 2), using: &generator) {
          let number = generator.next()
          let hasRoom =
            slow == .skip || followers.allSatisfy { published.count - $0.position < capacity }
          let isPublished =
            number % 2 == 0
            ? try topic.publish(Measured(number), timeoutNanoseconds: 0)
            : try topic.publish(timeoutNanoseconds: 0) { $0[0] = Measured(number) }
          #expect(isPublished == hasRoom)
          if hasRoom { published.append(number) } else { refused += 1 }
        }
      case 4 where followers.count < 6:
        let isView = generator.next() % 4 == 0
        try subscribe(to: isView ? view : topic, isView: isView)
      case 5 where step % 3 == 0 && !followers.isEmpty:
        let place = Int.random(in: 0..<followers.count, using: &generator)
        let gone = followers.remove(at: place)
        missed += gone.countsMissed ? gone.missed : 0
      default:
        guard let follower = followers.randomElement(using: &generator) else { continue }
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          try follower.read(published, capacity: capacity, isWaited: slow == .wait)
        }
      }
      let missedByAll = followers.reduce(missed) { $0 + ($1.countsMissed ? $1.missed : 0) }
      #expect(topic.missedCount == UInt64(missedByAll))
      #expect(topic.publishedCount == UInt64(published.count))
      #expect(view.publishedCount == UInt64(published.count) && topic.lostCount == 0)
    }
    for follower in followers {
      while follower.position < published.count {
        try follower.read(published, capacity: capacity, isWaited: slow == .wait)
      }
    }
    #expect(slow == .skip ? topics[0].missedCount > 0 : refused > 0)
    #expect(published.count > 10 * capacity)
  }

  @Test func `publishers wait for a slow subscriber, until it reads or ends`() throws {
    let topic = try makeTopic(8, .wait)
    for number in UInt64(0)..<20 { #expect(try topic.publish(Measured(number))) }
    do {
      var slow = try topic.subscribe()
      for number in UInt64(20)..<28 { #expect(try topic.publish(Measured(number))) }
      #expect(try !topic.publish(Measured(99), timeoutNanoseconds: 1_000))
      #expect(try slow.next() == Measured(20))
      #expect(try topic.publish(Measured(28), timeoutNanoseconds: 1_000))
      #expect(try !topic.publish(Measured(99), timeoutNanoseconds: 1_000))
      #expect(try numbers(&slow) == Array(21..<29) && slow.missedCount == 0)
      for number in UInt64(29)..<37 { #expect(try topic.publish(Measured(number))) }
      #expect(try !topic.publish(Measured(99), timeoutNanoseconds: 1_000))
    }
    #expect(try topic.publish(Measured(37), timeoutNanoseconds: 1_000))
  }

  @Test func `rows are given back, and their number is told when they are taken`() throws {
    let topic = try makeTopic(8, .wait, subscribers: 2)
    for _ in 0..<5 {
      let first = try topic.subscribe()
      let second = try topic.subscribe()
      let error = #expect(throws: StoreError.self) { _ = try topic.subscribe().position }
      #expect(error?.code == .full)
      #expect(first.position == second.position)
    }
  }

  @Test(arguments: TopicGeometry.SlowSubscribers.allCases)
  func `every subscriber sees the elements of each publisher whole and in order`(
    slow: TopicGeometry.SlowSubscribers
  ) throws {
    let topic = try makeTopic(16, slow)
    let count = UInt64(2_000 * scale)
    let started = LocalMutex(0)
    let publishers: [@Sendable () throws -> Void] = (UInt64(0)..<2).map { publisher in
      {
        #expect(eventually { started.withLock { $0 == 2 } })
        for number in 0..<count { try topic.publish(Measured(publisher << 32 | number)) }
      }
    }
    let subscribers: [@Sendable () throws -> Void] = (0..<2).map { _ in
      {
        var subscription = try topic.subscribe()
        started.withLock { $0 += 1 }
        var next: [UInt64] = [0, 0]
        var read: UInt64 = 0
        while read + subscription.missedCount < 2 * count {
          guard let reading = try subscription.next(timeoutNanoseconds: 20_000_000_000) else {
            Issue.record("nothing comes after \(read)")
            return
          }
          read += 1
          let publisher = Int(reading.number >> 32)
          #expect(reading.isWhole && reading.number & 0xffff_ffff >= next[publisher])
          next[publisher] = reading.number & 0xffff_ffff + 1
        }
        #expect(slow == .skip || subscription.missedCount == 0)
      }
    }
    try inThreads(publishers + subscribers)
    #expect(topic.publishedCount == 2 * count && topic.lostCount == 0)
  }

  @Test func `a task waits without a thread, and can be cancelled`() async throws {
    let topic = try makeTopic()
    let reader = Task {
      var subscription = try topic.subscribe(from: .oldest)
      while !Task.isCancelled {
        if let measured = try subscription.next() { return measured.number }
        try await subscription.arrival()
      }
      return 0
    }
    try topic.publish(Measured(7))
    #expect(try await reader.value == 7)
    let cancelled = Task {
      let subscription = try topic.subscribe()
      while !Task.isCancelled { try await subscription.arrival() }
    }
    cancelled.cancel()
    try await cancelled.value
  }

  @Test func `who may not write reads, and cannot publish or be waited for`() throws {
    let topic = try makeTopic()
    try topic.publish(Measured(1))
    let view = try Database.openReadOnly(scratch.database()).topic("readings", of: Measured.self)
    var subscription = try view.subscribe(from: .oldest)
    #expect(try numbers(&subscription) == [1])
    #expect(try subscription.next(timeoutNanoseconds: 1) == nil)
    let error = #expect(throws: StoreError.self) { try view.publish(Measured(2)) }
    #expect(error?.code == .readOnly)
  }

  @Test func `elements that lie otherwise are refused, and both layouts named`() throws {
    let store = try makeStore()
    _ = try store.topic("readings", of: Measured.self, creating: TopicGeometry())
    let error = #expect(throws: StoreError.self) {
      _ = try store.topic("readings", of: OtherMeasured.self)
    }
    #expect(error?.code == .typeMismatch)
    let text = "\(error!)"
    #expect(text.contains("reading.1{number:u64,double:u64,triple:u32} of 20 bytes"))
    #expect(text.contains("reading.1{number:u64,triple:u32,double:u64} of 24 bytes"))
  }

  @Test func `what cannot be a topic is refused`() throws {
    let store = try makeStore()
    for geometry in [
      TopicGeometry(capacity: 1), TopicGeometry(capacity: 12), TopicGeometry(subscriberCapacity: 0),
    ] {
      let error = #expect(throws: StoreError.self) {
        _ = try store.topic("readings", of: Measured.self, creating: geometry)
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test func `scribbled bytes give an error or an element, and never a crash or a hang`() throws {
    var generator = SeededGenerator()
    for round in 0..<300 * scale {
      let store = try Database.anonymous(Geometry(blockSize: 128, blockCount: 256))
      let topic = try store.topic(
        "readings", of: Measured.self,
        creating: TopicGeometry(
          capacity: 4, slowSubscribers: round % 2 == 0 ? .skip : .wait, subscriberCapacity: 2))
      for number in UInt64(0)..<UInt64(round % 7) { try topic.publish(Measured(number)) }
      var subscription = try topic.subscribe(from: .oldest)
      let region = topic.core.region
      for _ in 0..<3 {
        let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
        let old = word.loadRelaxed()
        word.storeRelaxed(
          generator.next() % 2 == 0 ? generator.next() : old ^ 1 << (generator.next() % 64))
      }
      for handle in [topic, try? store.topic("readings", of: Measured.self)].compactMap(\.self) {
        for _ in 0..<6 { _ = try? handle.publish(Measured(1), timeoutNanoseconds: 1_000) }
        for _ in 0..<10 { _ = try? subscription.next() }
        if var other = try? handle.subscribe(from: .oldest) { _ = try? other.next() }
      }
    }
  }

  @Test func `an element is written where it is read`() throws {
    let topic = try makeTopic()
    var subscription = try topic.subscribe()
    let isPublished = try topic.publish { element in element[0] = Measured(7) }
    #expect(isPublished)
    #expect(try subscription.next() == Measured(7))
  }

  /// A publisher ends its claim at any instant of a subscriber's look, and is dead.
  @Test func `what a publisher published before it died is not passed over`() throws {
    let rounds = min(16_000, 500 * scale)
    let topic = try makeTopic(16_384)
    var generator = SeededGenerator()
    let publishedCount = Atomic<Int>(0)
    for number in UInt64(0)..<UInt64(rounds) {
      let claim = CellWord(.writing, lap: 0, owner: QueueCells.dead)
      let control = topic.core.control(number)
      control.exchangeSequential(claim.rawValue)
      _ = topic.core.tail.compareExchange(number, number + 1)
      // About as long as it takes to find out that it is dead.
      let delay = generator.next() % 30_000
      let ready = Atomic<Int>(0)
      let begin: @Sendable () -> Void = {
        ready.add(1, ordering: .relaxed)
        while ready.load(ordering: .relaxed) < 2 {}
      }
      let isPublished = Atomic<Bool>(false)
      let isFound = Atomic<Bool>(false)
      try inThreads([
        {
          begin()
          let start = SystemClock.monotonicNanoseconds
          while SystemClock.monotonicNanoseconds - start < delay {}
          let full = CellWord(.full, lap: 0)
          let hasSucceeded = control.compareExchange(claim.rawValue, full.rawValue)
          isPublished.store(hasSucceeded, ordering: .relaxed)
          publishedCount.add(hasSucceeded ? 1 : 0, ordering: .relaxed)
        },
        {
          begin()
          while true {
            switch topic.core.look(number) {
            case .element: return isFound.store(true, ordering: .relaxed)
            case .nothing: return
            default: continue
            }
          }
        },
      ])
      #expect(isFound.load(ordering: .relaxed) == isPublished.load(ordering: .relaxed))
    }
    let published = publishedCount.load(ordering: .relaxed)
    print("\(published) of \(rounds) elements were published before their publisher was found dead")
    #expect(published > 0 && published < rounds)
  }
}
