import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct ByteQueueTests {
  let scratch = Scratch()

  private func makeStore(_ blockCount: Int = 16_384) throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: blockCount))
  }

  private func makeQueue(
    _ geometry: ByteQueueGeometry = ByteQueueGeometry(segmentCapacity: 512, segmentLimit: 4)
  ) throws -> ByteQueue {
    try makeStore().byteQueue("jobs", creating: geometry)
  }

  private func popAll(_ queue: ByteQueue) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    while let received = try queue.pop() { all.append(received.bytes) }
    return all
  }

  /// The example of the documentation.
  @Test func `elements of any size come in the order in which they were pushed`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let queue = try store.byteQueue("jobs", creating: ByteQueueGeometry())
    try queue.push("a text")
    try queue.push([UInt8](repeating: 7, count: 100_000))
    try queue.push(count: 8) { $0.storeBytes(of: 5, as: UInt64.self) }

    #expect(try queue.peek()?.type == .utf8)
    var sizes: [Int] = []
    while try queue.pop({ bytes, _ in sizes.append(bytes.byteCount) }) {}
    #expect(sizes == [6, 100_000, 8])
  }

  // MARK: Against a plain array

  @Test func `it does what an array does`() throws {
    var generator = SeededGenerator()
    let viewer = try makeStore()
    let clean = try viewer.statistics().usedBlocks
    for delivery in [Delivery.atMostOnce, .acknowledged] {
      let store = try Database.open(scratch.database())
      let queue = try store.byteQueue(
        "jobs",
        creating: ByteQueueGeometry(
          segmentCapacity: 512, segmentLimit: 6, overflow: .reject, delivery: delivery))
      var model: [[UInt8]] = []
      var (pushed, rejected): (UInt64, UInt64) = (0, 0)
      for step in 0..<2_000 {
        // Now it fills, now it empties.
        let emptying: UInt64 = step / 200 % 2 == 0 ? 0 : 3
        let choice = generator.next() % 8 + emptying
        switch choice {
        case 0...5:
          let length = Int(generator.next() % (generator.next() % 20 == 0 ? 2_000 : 100))
          let element = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* step) }
          switch try queue.push(element) {
          case .pushed:
            model.append(element)
            pushed += 1
          case .rejected: rejected += 1
          default: Issue.record("neither pushed nor rejected")
          }
        case 6, 8:
          #expect(try queue.pop()?.bytes == (model.isEmpty ? nil : model.removeFirst()))
        case 7:
          #expect(try queue.peek()?.bytes == model.first)
        default:
          let count = Int(generator.next() % 5) + 1
          let batch = try queue.take(maxCount: count)
          let expected = Array(model.prefix(count))
          #expect(batch?.map(\.bytes) ?? [] == expected)
          model.removeFirst(expected.count)
        }
        #expect(try queue.pushedCount == pushed)
        let contents = try queue.contents()
        #expect(contents.waiting == model.count && contents.held == 0)
        #expect(contents.waitingBytes == model.reduce(0) { $0 + $1.count })
        #expect(contents.segments <= 6)
      }
      #expect(rejected > 0 && queue.rejectedCount == rejected && queue.lostCount == 0)
      #expect(try popAll(queue) == model)
      try store.deleteStructure("jobs")
    }
    #expect(viewer.check() == [])
    // Nobody keeps blocks to spare any more.
    #expect(try viewer.statistics().usedBlocks == clean)
  }

  @Test func `drained segments go one by one, and their memory with them`() throws {
    let store = try makeStore()
    let queue = try store.byteQueue(
      "jobs", creating: ByteQueueGeometry(segmentCapacity: 1_024, segmentLimit: 100))
    for number in 0..<300 { try queue.push([UInt8](repeating: UInt8(number & 255), count: 100)) }
    var segments = try queue.contents().segments
    #expect(segments > 30)
    while try queue.pop() != nil {
      let left = try queue.contents().segments
      #expect(left == segments || left == segments - 1)
      segments = left
    }
    #expect(segments == 1 && store.check() == [])
    #expect(try store.keys(prefix: "jobs/").count == 1)
  }

  // MARK: Overflow

  @Test func `a full queue waits, rejects, or drops, and counts`() throws {
    let store = try makeStore()
    for overflow in Overflow.allCases {
      let queue = try store.byteQueue(
        "\(overflow)",
        creating: ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 2, overflow: overflow))
      var results: [PushResult] = []
      for number in 0..<10 {
        results.append(
          try queue.push([UInt8(number)] + [UInt8](repeating: 0, count: 90), timeoutNanoseconds: 0))
      }
      // Each of two segments has room for two such elements.
      let left = try popAll(queue).map { $0[0] }
      switch overflow {
      case .wait:
        #expect(results[4...].allSatisfy { $0 == .timedOut } && left == [0, 1, 2, 3])
      case .reject:
        #expect(results[4...].allSatisfy { $0 == .rejected } && queue.rejectedCount == 6)
      case .dropNewest:
        #expect(results[4...].allSatisfy { $0 == .dropped } && queue.droppedCount == 6)
      case .dropOldest:
        #expect(results.allSatisfy { $0 == .pushed } && left == [6, 7, 8, 9])
        #expect(queue.droppedCount == 6)
      }
    }
  }

  @Test(arguments: [Delivery.atMostOnce, .acknowledged])
  func `nothing is dropped beside an element that keeps the segment, and who ends it wakes`(
    delivery: Delivery
  ) throws {
    let queue = try makeQueue(
      ByteQueueGeometry(
        segmentCapacity: 256, segmentLimit: 2, overflow: .dropOldest, delivery: delivery))
    // Two in each segment.
    func push(_ number: UInt8, _ timeoutNanoseconds: UInt64) throws -> PushResult {
      try queue.push(
        [number] + [UInt8](repeating: 0, count: 90), timeoutNanoseconds: timeoutNanoseconds)
    }
    for number in UInt8(0)..<4 { #expect(try push(number, 0) == .pushed) }
    let held = try #require(try queue.claim(queue.handle.owner()))
    #expect(try push(4, 2_000_000) == .timedOut)
    #expect(queue.droppedCount == 0)
    #expect(try queue.contents().waiting == 3)
    let owner = try queue.handle.owner()
    let obstacle = try #require(try queue.dropOldest(owner))
    #expect(obstacle.isStanding)
    let prepared = queue.departure.prepare()
    #expect(try queue.finish(held))
    #expect(!obstacle.isStanding)
    #expect(queue.departure.word.loadRelaxed() != prepared, "a sleeping producer was not woken")
    #expect(try push(4, 0) == .pushed)
    #expect(queue.droppedCount == 1 && queue.lostCount == 0)
    #expect(try popAll(queue).map { $0[0] } == [2, 3, 4])
  }

  @Test func `what was given back, and what the dead hold, is dropped as the oldest`() throws {
    let queue = try makeQueue(
      ByteQueueGeometry(
        segmentCapacity: 256, segmentLimit: 2, overflow: .dropOldest, delivery: .acknowledged))
    func push(_ number: UInt8) throws -> PushResult {
      try queue.push([number] + [UInt8](repeating: 0, count: 90), timeoutNanoseconds: 0)
    }
    for number in UInt8(0)..<4 { #expect(try push(number) == .pushed) }
    let (first, second) = (
      try #require(try queue.claim(queue.handle.owner())),
      try #require(try queue.claim(queue.handle.owner()))
    )
    #expect(queue.giveBack(second))
    let control = first.segment.records.word(at: first.offset)
    control.exchangeSequential(first.claim.changed(to: .held, owner: QueueCells.dead).rawValue)
    #expect(try push(4) == .pushed)
    #expect(queue.droppedCount == 2)
    #expect(try popAll(queue).map { $0[0] } == [2, 3, 4])
  }

  @Test func `a producer that died in the oldest segment does not keep it`() throws {
    let queue = try makeQueue(
      ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 2, overflow: .dropOldest))
    for number in UInt8(0)..<4 { try queue.push([number] + [UInt8](repeating: 0, count: 90)) }
    let segment = try #require(try queue.headSegment())
    var word = RecordWord(rawValue: segment.records.word(at: 0).loadRelaxed())
    word = word.changed(to: .writing, owner: QueueCells.dead)
    segment.records.word(at: 0).exchangeSequential(word.rawValue)
    let element = [4] + [UInt8](repeating: 0, count: 90)
    #expect(try queue.push(element, timeoutNanoseconds: 60_000_000_000) == .pushed)
    #expect(queue.droppedCount == 1 && queue.lostCount == 1)
  }

  /// A full queue that drops the oldest, with two elements of zeros in each of two segments.
  private func makeFull() throws -> (ByteQueue, oldest: QueueSegment) {
    let queue = try makeQueue(
      ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 2, overflow: .dropOldest))
    for _ in 0..<4 { try queue.push([UInt8](repeating: 0, count: 90)) }
    return (queue, try #require(try queue.headSegment()))
  }

  @Test func `a record that nobody has claimed before the last is an error where room is made`()
    throws
  {
    let (queue, segment) = try makeFull()
    let first = RecordWord(rawValue: segment.records.word(at: 0).loadRelaxed())
    segment.records.word(at: first.byteCount).storeRelaxed(0)
    let error = #expect(throws: StoreError.self) { try queue.push([1]) }
    #expect(error?.code == .corrupt)
  }

  @Test func `an oldest segment that is not there is an error where room is made`() throws {
    let (queue, segment) = try makeFull()
    try queue.handle.removePart(segment.sequence)
    let error = #expect(throws: StoreError.self) { try queue.push([1]) }
    #expect(error?.code == .corrupt)
  }

  @Test func `a hint that leads into an element keeps no segment that is to be dropped`() throws {
    let (queue, segment) = try makeFull()
    segment.raiseReadHint(32)
    let element = [UInt8](repeating: 1, count: 90)
    #expect(try queue.push(element) == .pushed && queue.droppedCount == 2)
    let zeros = [UInt8](repeating: 0, count: 90)
    #expect(try popAll(queue) == [zeros, zeros, element])
  }

  @Test func `what was pushed to a store that was dropped is taken to the end`() throws {
    let store = try makeStore()
    let queue = try store.byteQueue("jobs", creating: ByteQueueGeometry(segmentCapacity: 256))
    let all = (UInt8(0)..<40).map { [UInt8](repeating: $0, count: 60) }
    for element in all { try queue.push(element) }
    #expect(try queue.contents().segments > 10)
    try store.drop()
    var taken: [[UInt8]] = []
    while taken.count < all.count {
      if taken.count % 7 == 0 {
        taken += try #require(try queue.take(maxCount: 6)).map(\.bytes)
      } else {
        taken.append(try #require(try queue.pop()).bytes)
      }
    }
    #expect(taken == all)
    #expect(throws: StoreError.self) { try queue.pop() }
    let error = #expect(throws: StoreError.self) { try queue.take(maxCount: 2) }
    #expect(error?.code == .dropped)
  }

  @Test func `a store without room says so, and what was pushed is there`() throws {
    let store = try makeStore(64)
    let queue = try store.byteQueue(
      "jobs", creating: ByteQueueGeometry(segmentCapacity: 1_024, segmentLimit: 100))
    var pushed: [[UInt8]] = []
    let error = #expect(throws: StoreError.self) {
      while true {
        let element = [UInt8](repeating: UInt8(pushed.count), count: 200)
        try queue.push(element)
        pushed.append(element)
      }
    }
    #expect(error?.code == .full && pushed.count > 10)
    #expect(try popAll(queue) == pushed)
    #expect(try queue.push([1]) == .pushed)
    #expect(try popAll(queue) == [[1]])
  }

  // MARK: Zero copy

  @Test func `what fails to be filled was not pushed`() throws {
    struct Failure: Error {}
    let queue = try makeQueue()
    #expect(throws: Failure.self) { try queue.push(count: 100) { _ in throw Failure() } }
    #expect(try queue.push(count: 2) { $0.storeBytes(of: 513, as: UInt16.self) } == .pushed)
    #expect(try popAll(queue) == [[1, 2]])
    #expect(queue.lostCount == 0)
  }

  @Test func `an element is lent at a multiple of 16`() throws {
    let queue = try makeQueue()
    for length in 1...20 { try queue.push([UInt8](repeating: UInt8(length), count: length)) }
    // An entry begins on a cache line.
    #expect(QueueSegmentLayout.headerSize % 64 == 0)
    for length in 1...20 {
      let taken = try #require(try queue.claim(queue.handle.owner()))
      let element = try taken.segment.element(of: taken.offset, taken.claim)
      #expect(element.count == length && element.offset % 16 == 0)
      try queue.finish(taken)
    }
  }

  // MARK: Acknowledged delivery

  private func makeAcknowledged(within: UInt64? = nil) throws -> ByteQueue {
    try makeQueue(
      ByteQueueGeometry(
        segmentCapacity: 512, segmentLimit: 4, delivery: .acknowledged(withinNanoseconds: within)))
  }

  private func bytes(_ claim: ByteQueue.Claim?) throws -> [UInt8]? {
    try claim?.withBytes { bytes, _ in bytes.array }
  }

  @Test func `what was given back, or forgotten, is read first by the next`() throws {
    let queue = try makeAcknowledged()
    for number in 0..<4 { try queue.push([UInt8(number)]) }
    var first = try queue.claim()
    let second = try #require(try queue.claim())
    #expect(try bytes(first) == [0] && bytes(second) == [1])
    #expect(try queue.contents().held == 2)
    #expect(second.giveBack() && !second.giveBack())
    first = nil
    let again = try #require(try queue.claim())
    #expect(try bytes(again) == [0] && again.deliveryCount == 2)
    #expect(try again.acknowledge() && !again.acknowledge())
    #expect(try popAll(queue) == [[1], [2], [3]])
    #expect(queue.redeliveredCount == 2)
  }

  @Test func `who is late has read what another reads as well`() throws {
    let queue = try makeAcknowledged(within: 1)
    try queue.push([7])
    let late = try #require(try queue.claim())
    let next = try #require(try queue.claim(timeoutNanoseconds: 10_000_000_000))
    #expect(try bytes(next) == [7] && next.deliveryCount == 2)
    #expect(try !late.acknowledge() && !late.giveBack())
    #expect(try next.acknowledge())
    #expect(try queue.contents() == ByteQueue.Contents(segments: 1))
  }

  @Test func `a body that fails gives back what needs to be acknowledged`() throws {
    struct Failure: Error {}
    let queue = try makeAcknowledged()
    try queue.push([7])
    #expect(throws: Failure.self) {
      try queue.pop { (_: RawSpan, _: TypeID) throws in throw Failure() }
    }
    #expect(try popAll(queue) == [[7]])
  }

  @Test func `a segment stays while something in it is held, others go`() throws {
    let queue = try makeAcknowledged()
    for number in 0..<12 { try queue.push([UInt8](repeating: UInt8(number), count: 100)) }
    let held = try #require(try queue.claim())
    #expect(try popAll(queue).count == 11)
    #expect(try queue.contents().segments == 2)
    #expect(try held.acknowledge())
    #expect(try queue.contents().segments == 1)
  }

  @Test func `a batch that is not read to its end gives the rest back, or counts it`() throws {
    for delivery in [Delivery.atMostOnce, .acknowledged] {
      let store = try makeStore()
      let queue = try store.byteQueue(
        "\(delivery)", creating: ByteQueueGeometry(segmentLimit: 4, delivery: delivery))
      for number in 0..<5 { try queue.push([UInt8(number)]) }
      var batch = try queue.take(maxCount: 4)
      #expect(batch?.next()?.bytes == [0])
      batch = nil
      let left = try popAll(queue)
      if delivery == .atMostOnce {
        #expect(left == [[4]] && queue.lostCount == 3)
      } else {
        #expect(left == [[1], [2], [3], [4]] && queue.lostCount == 0)
      }
    }
  }

  @Test func `what a batch is at is not acknowledged before the next is asked for`() throws {
    let queue = try makeAcknowledged(within: 1)
    for number in 0..<2 { try queue.push([UInt8(number)]) }
    let batch = try queue.take(maxCount: 2)
    #expect(batch?.next()?.bytes == [0] && batch?.next()?.bytes == [1])
    // It is late with what it is at, and that comes again.
    let next = try #require(try queue.claim(timeoutNanoseconds: 10_000_000_000))
    #expect(try bytes(next) == [1] && next.acknowledge())
    #expect(batch?.next() == nil)
    #expect(try queue.contents() == ByteQueue.Contents(segments: 1))
  }

  @Test func `a body that fails in a batch gives back what needs to be acknowledged`() throws {
    struct Failure: Error {}
    let queue = try makeAcknowledged()
    for number in 0..<3 { try queue.push([UInt8(number)]) }
    let batch = try queue.take(maxCount: 3)
    #expect(throws: Failure.self) {
      try batch?.forEachElement { bytes, _ in if bytes.byte(at: 0) == 1 { throw Failure() } }
    }
    #expect(batch?.next()?.bytes == [2] && batch?.next() == nil)
    #expect(try popAll(queue) == [[1]])
  }

  @Test func `a batch ends at either limit, but has one element at least`() throws {
    let queue = try makeQueue(ByteQueueGeometry())
    for _ in 0..<10 { try queue.push([UInt8](repeating: 0, count: 1_000)) }
    #expect(try queue.take(maxCount: 4)?.count == 4)
    #expect(try queue.take(maxCount: 4, maxBytes: 2_500)?.count == 2)
    #expect(try queue.take(maxCount: 4, maxBytes: 1)?.count == 1)
    #expect(try queue.take(maxCount: 4)?.count == 3)
    #expect(try queue.take(maxCount: 4) == nil)
  }

  @Test func `what cannot be acknowledged is not claimed`() throws {
    let error = #expect(throws: StoreError.self) { _ = try makeQueue().claim() }
    #expect(error?.code == .invalidArgument)
  }

  // MARK: Waiting

  @Test func `who waits is woken by what comes, and by room`() throws {
    let queue = try makeQueue(ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 2))
    let count = 200
    try inThreads([
      {
        for number in 0..<count {
          _ = try queue.push([UInt8](repeating: UInt8(number & 255), count: 90))
        }
      },
      {
        for number in 0..<count {
          let isThere = try queue.pop(timeoutNanoseconds: 60_000_000_000) { bytes, _ in
            #expect(bytes.byte(at: 0) == UInt8(number & 255))
          }
          #expect(isThere)
        }
      },
    ])
  }

  @Test func `a task waits without a thread, and can be cancelled`() async throws {
    let queue = try makeQueue()
    let receiver = Task { try await queue.receive() }
    try queue.push("text")
    #expect(try await receiver.value == ByteQueue.Received(type: .utf8, bytes: Array("text".utf8)))
    let cancelled = Task { try await queue.receive() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  // MARK: Others

  @Test func `a reader without permission to write looks at everything`() throws {
    let queue = try makeQueue()
    for number in 0..<20 { try queue.push([UInt8](repeating: UInt8(number), count: 10)) }
    let view = try Database.openReadOnly(scratch.database()).byteQueue("jobs")
    #expect(try view.contents() == queue.contents() && view.pushedCount == 20)
    #expect(try view.peek()?.bytes == [UInt8](repeating: 0, count: 10))
    let error = #expect(throws: StoreError.self) { try view.push([1]) }
    #expect(error?.code == .readOnly)
  }

  @Test func `what cannot be a queue is refused`() throws {
    let store = try makeStore()
    for geometry in [
      ByteQueueGeometry(segmentCapacity: 255), ByteQueueGeometry(segmentLimit: 1),
      ByteQueueGeometry(delivery: .acknowledged(withinNanoseconds: 0)),
    ] {
      let error = #expect(throws: StoreError.self) {
        _ = try store.byteQueue("jobs", creating: geometry)
      }
      #expect(error?.code == .invalidArgument)
    }
    #expect(throws: StoreError.self) { _ = try store.byteQueue("jobs") }
  }

  @Test(arguments: [Delivery.atMostOnce, .acknowledged])
  func `elements of several threads are conserved, in the order of each`(
    delivery: Delivery
  ) throws {
    let queue = try makeQueue(
      ByteQueueGeometry(segmentCapacity: 512, segmentLimit: 3, delivery: delivery))
    let count = 1_000 * scale
    let taken = LocalMutex<[[UInt64]]>([[], []])
    let producers: [@Sendable () throws -> Void] = (0..<2).map { producer in
      {
        for number in 0..<count {
          let element = UInt64(producer) << 32 | UInt64(number)
          _ = try queue.push(count: 8 + number % 50) { $0.storeBytes(of: element, as: UInt64.self) }
        }
      }
    }
    let consumers: [@Sendable () throws -> Void] = (0..<2).map { consumer in
      {
        var mine: [UInt64] = []
        var isOpen = true
        while isOpen {
          isOpen = try queue.pop(timeoutNanoseconds: 1_000_000_000) { bytes, _ in
            mine.append((0..<8).reduce(0) { $0 | UInt64(bytes.byte(at: $1)) << ($1 * 8) })
          }
        }
        taken.withLock { [mine] in $0[consumer] = mine }
      }
    }
    try inThreads(producers + consumers)
    let all = taken.withLock { $0 }
    for mine in all {
      for producer in UInt64(0)..<2 {
        let numbers = mine.filter { $0 >> 32 == producer }
        #expect(numbers == numbers.sorted())
      }
    }
    #expect(Set(all.flatMap(\.self)).count == 2 * count && all.flatMap(\.self).count == 2 * count)
    #expect(try queue.contents().segments == 1 && queue.lostCount == 0)
    #expect(try queue.pushedCount == UInt64(2 * count))
  }

  @Test func `threads that have attached for themselves make no segment together`() throws {
    let store = try makeStore()
    _ = try store.byteQueue(
      "jobs", creating: ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 1_024))
    let count = 4_000 * scale
    let producers: [@Sendable () throws -> Void] = (0..<3).map { producer in
      {
        let queue = try store.byteQueue("jobs")
        for number in 0..<count {
          let element = UInt64(producer) << 32 | UInt64(number)
          _ = try queue.push(count: 90) { $0.storeBytes(of: element, as: UInt64.self) }
        }
      }
    }
    let taken = LocalMutex<[UInt64]>([])
    let consumer: @Sendable () throws -> Void = {
      let queue = try store.byteQueue("jobs")
      var mine: [UInt64] = []
      while mine.count < 3 * count,
        try queue.pop(
          timeoutNanoseconds: 1_000_000_000,
          { bytes, _ in mine.append(bytes.value(as: UInt64.self)) })
      {}
      taken.withLock { [mine] in $0 = mine }
    }
    try inThreads(producers + [consumer])
    let all = taken.withLock { $0 }
    #expect(all.count == 3 * count && Set(all).count == all.count)
    #expect(try store.byteQueue("jobs").pushedCount == UInt64(3 * count))
    for producer in UInt64(0)..<3 {
      let numbers = all.filter { $0 >> 32 == producer }
      #expect(numbers == numbers.sorted())
    }
  }
}
