import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

private struct Refusal: Error {}

@Suite struct ChannelTests {
  let scratch = Scratch()
  /// A process that never was, so that everybody takes it for dead.
  private static let dead = ParticipantIdentity(rawValue: 77 << 10 | 5)

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  func makeChannel(_ geometry: ChannelGeometry) throws -> Channel<Pair> {
    try makeStore().channel("samples", of: Pair.self, creating: geometry)
  }

  @Test func `an example`() throws {
    let database = try makeStore()
    let channel = try database.channel(
      "samples", of: Double.self, creating: ChannelGeometry(capacity: 16))
    try inThreads([
      {
        var sender = try channel.sender()
        for number in 0..<100 { _ = try sender.push(Double(number)) }
      },
      {
        var receiver = try channel.receiver()
        for number in 0..<100 {
          let sample = try receiver.pop(timeoutNanoseconds: .max)
          #expect(sample == Double(number))
        }
      },
    ])
  }

  @Test(arguments: [Overflow.wait, .reject, .dropNewest], ChannelGeometry.Delivery.allCases)
  func `a channel does what an array would`(
    policy: Overflow, delivery: ChannelGeometry.Delivery
  ) throws {
    var generator = SeededGenerator()
    for capacity in [2, 4, 32] {
      let channel = try makeStore().channel(
        "channel \(capacity)", of: Pair.self,
        creating: ChannelGeometry(capacity: capacity, overflow: policy, delivery: delivery))
      var sender = try channel.sender()
      var receiver = try channel.receiver()
      var model: [Pair] = []
      var (next, dropped, rejected): (UInt64, UInt64, UInt64) = (0, 0, 0)
      func add(_ pair: Pair) -> PushResult {
        if model.count < capacity {
          model.append(pair)
          return .pushed
        }
        dropped += policy == .dropNewest ? 1 : 0
        rejected += policy == .reject ? 1 : 0
        return policy == .wait ? .timedOut : policy == .reject ? .rejected : .dropped
      }
      func make() -> Pair {
        next += 1
        return Pair(next)
      }
      for _ in 0..<1_500 {
        switch generator.next() % 10 {
        case 0, 1:
          let pair = make()
          #expect(try sender.push(pair, timeoutNanoseconds: 0) == add(pair))
        case 2:
          let pairs = (0..<Int(generator.next() % 8)).map { _ in make() }
          let expected = pairs.count { add($0) == .pushed }
          let pushed = try sender.push(contentsOf: pairs, timeoutNanoseconds: 0)
          #expect(pushed == expected)
        case 3:
          let pair = make()
          let result = try sender.push(timeoutNanoseconds: 0) { element in element[0] = pair }
          #expect(result == add(pair))
        case 4:
          let result = try? sender.push(timeoutNanoseconds: 0) {
            (element: inout MutableSpan<Pair>) throws -> Void in
            throw Refusal()
          }
          #expect(result == (model.count < capacity ? nil : add(Pair(0))))
        case 5:
          #expect(try receiver.pop() == (model.isEmpty ? nil : model.removeFirst()))
        case 6:
          var lent: Pair?
          let isTaken = try receiver.pop { element in lent = element[0] }
          #expect(lent == model.first && isTaken == !model.isEmpty)
          if isTaken { model.removeFirst() }
        case 7:
          let count = Int(generator.next() % 6)
          let bytes = Int(generator.next() % 64)
          let limit = min(count, max(1, bytes / 16), model.count)
          #expect(
            try receiver.take(maxCount: count, maxBytes: bytes) == Array(model.prefix(limit)))
          model.removeFirst(limit)
        case 8:
          // Whoever has an end next goes on where it was.
          if generator.next() % 2 == 0 {
            _ = consume sender
            sender = try channel.sender()
          } else {
            _ = consume receiver
            receiver = try channel.receiver()
          }
        default:
          #expect(try receiver.peek() == model.first)
        }
        #expect(channel.count == model.count)
      }
      #expect(try receiver.take(maxCount: capacity) == model)
      #expect(channel.droppedCount == dropped && channel.rejectedCount == rejected)
      #expect(channel.lostCount == 0)
    }
  }

  @Test func `elements smaller than a word come back as they were, many at a time`() throws {
    let channel = try makeStore().channel(
      "u16", of: UInt16.self, creating: ChannelGeometry(capacity: 8))
    var sender = try channel.sender()
    var receiver = try channel.receiver()
    for round in 0..<20 as Range<UInt16> {
      #expect(try sender.push(contentsOf: round..<round + 5) == 5)
      #expect(try receiver.take(maxCount: 9) == Array(round..<round + 5))
    }
  }

  @Test func `an end has one owner, and a free or dead one has another`() throws {
    let channel = try makeChannel(ChannelGeometry(capacity: 4))
    do {
      let first = try channel.sender()
      let error = #expect(throws: StoreError.self) { _ = try channel.sender() }
      #expect(error?.code == .inUse && error?.reason.contains("sender") == true)
      _ = consume first
    }
    _ = try channel.sender()
    let word = channel.cells.region.word(at: ChannelLayout.sender)
    word.exchangeSequential(EndWord(rawValue: word.loadRelaxed()).claimed(by: Self.dead).rawValue)
    var sender = try channel.sender()
    #expect(try sender.push(Pair(1)) == .pushed)
  }

  @Test func `who takes the sender's place goes on behind what was sent, and was not said`() throws
  {
    let channel = try makeChannel(ChannelGeometry(capacity: 4))
    let region = channel.cells.region
    do {
      var sender = try channel.sender()
      try sender.push(contentsOf: (0..<3).map { Pair($0) })
      // As if it had died before it said how far it is.
      region.word(at: ChannelLayout.tail).storeRelaxed(1)
    }
    #expect(channel.count == 3 && channel.pushedCount == 3)
    #expect(try channel.cells.peek(upTo: 4).count == 3)
    var receiver = try channel.receiver()
    #expect(try receiver.take(maxCount: 2) == [Pair(0), Pair(1)])
    #expect(channel.count == 1 && channel.pushedCount == 3)
    var sender = try channel.sender()
    #expect(try sender.push(contentsOf: (3..<6).map { Pair($0) }, timeoutNanoseconds: 0) == 3)
    #expect(channel.count == 4 && channel.pushedCount == 6)
    #expect(try receiver.take(maxCount: 9) == (2..<6).map { Pair($0) })
  }

  @Test func `a cell's word that is of no lap is corrupt`() throws {
    let channel = try makeChannel(ChannelGeometry(capacity: 4))
    var sender = try channel.sender()
    var receiver = try channel.receiver()
    _ = try sender.push(Pair(0))
    let word = channel.cells.cells.control(0)
    for wrong in [2, 5, UInt64.max] {
      word.exchangeSequential(wrong)
      let error = #expect(throws: StoreError.self) { try receiver.pop() }
      #expect(error?.code == .corrupt)
    }
    word.exchangeSequential(1)
    #expect(try receiver.pop() == Pair(0))
  }

  @Test func `a cell of a line at most crosses none`() throws {
    for size in 0...200 {
      let layout = SharedLayout(fields: "bytes", size: size, stride: max(1, size), alignment: 1)
      let stride = try #require(CellChannel.stride(ChannelGeometry(capacity: 4), of: layout))
      #expect(stride >= 8 + size && (64 % stride == 0 || stride % 64 == 0))
      #expect(stride < 2 * (8 + size) && stride < 8 + size + 64)
    }
  }

  @Test func `ends that fence themselves wake each other too`() throws {
    let cells = try makeChannel(ChannelGeometry(capacity: 2)).cells
    let total: UInt64 = 2_000
    try inThreads([
      {
        var sender = Sender<Pair>(try SenderEnd(cells, isEnlisted: false))
        for number in 0..<total { _ = try sender.push(Pair(number)) }
      },
      {
        var receiver = Receiver<Pair>(try ReceiverEnd(cells, isEnlisted: false))
        for number in 0..<total {
          #expect(try receiver.pop(timeoutNanoseconds: 60_000_000_000) == Pair(number))
        }
      },
    ])
  }

  @Test(arguments: ChannelGeometry.Delivery.allCases)
  func `what a receiver died with is lost once, or comes again`(
    delivery: ChannelGeometry.Delivery
  ) throws {
    let channel = try makeChannel(ChannelGeometry(capacity: 4, delivery: delivery))
    let region = channel.cells.region
    var sender = try channel.sender()
    try sender.push(contentsOf: (0..<4).map { Pair($0) })
    // A receiver died with the first, and whoever came next after each step of its clean-up.
    for step in 0..<4 {
      region.word(at: ChannelLayout.receiver)
        .exchangeSequential(EndWord(rawValue: 0).claimed(by: Self.dead).rawValue)
      if delivery == .atMostOnce || step == 0 {
        region.word(at: ChannelLayout.taken).storeRelaxed(1)
      }
      if step >= 1 { region.word(at: ChannelLayout.lostNext).storeRelaxed(1) }
      if step >= 2 { region.word(at: ChannelLayout.lostUntil).storeRelaxed(1) }
      if step >= 3 { region.word(at: ChannelLayout.lost).storeRelaxed(1) }
      var receiver = try channel.receiver()
      let isLost = delivery == .atMostOnce
      #expect(try receiver.peek() == Pair(isLost ? 1 : 0))
      #expect(channel.lostCount == (isLost ? 1 : 0) || !isLost && step == 3)
      // And again, from before.
      region.word(at: ChannelLayout.head).exchangeSequential(0)
      region.word(at: ChannelLayout.lost).storeRelaxed(0)
      region.word(at: ChannelLayout.lostUntil).storeRelaxed(0)
      region.word(at: ChannelLayout.lostNext).storeRelaxed(0)
    }
  }

  @Test(arguments: [2, 16], [1, 7])
  func `everything arrives once and in order`(capacity: Int, batch: Int) throws {
    let channel = try makeChannel(ChannelGeometry(capacity: capacity))
    let total: UInt64 = 20_000
    try inThreads([
      {
        var sender = try channel.sender()
        var next: UInt64 = 0
        while next < total {
          let end = min(total, next + UInt64(batch))
          if batch == 1 {
            _ = try sender.push(Pair(next))
          } else {
            try sender.push(contentsOf: (next..<end).map { Pair($0) })
          }
          next = end
        }
      },
      {
        var receiver = try channel.receiver()
        var next: UInt64 = 0
        while next < total {
          if batch == 1 {
            let pair = try receiver.pop(timeoutNanoseconds: 60_000_000_000)
            #expect(pair == Pair(next))
            next += 1
          } else {
            for pair in try receiver.take(maxCount: batch, timeoutNanoseconds: 60_000_000_000) {
              #expect(pair == Pair(next))
              next += 1
            }
          }
        }
      },
    ])
    #expect(channel.count == 0 && channel.pushedCount == total)
  }

  @Test func `who awaits an element is woken, and cancellation ends it`() async throws {
    let channel = try makeChannel(ChannelGeometry(capacity: 4))
    let receiving = Task {
      var receiver = try channel.receiver()
      return try await receiver.receive()
    }
    var sender = try channel.sender()
    _ = try sender.push(Pair(5))
    #expect(try await receiving.value == Pair(5))
    let waiting = Task {
      var receiver = try channel.receiver()
      return try await receiver.receive()
    }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func `what cannot be is refused when a channel is made`() throws {
    let store = try makeStore()
    for geometry in [
      ChannelGeometry(capacity: 3), ChannelGeometry(capacity: 4, overflow: .dropOldest),
    ] {
      let error = #expect(throws: StoreError.self) {
        try store.channel("none", of: Pair.self, creating: geometry)
      }
      #expect(error?.code == .invalidArgument)
    }
    _ = try makeChannel(ChannelGeometry())
    let error = #expect(throws: StoreError.self) { try store.channel("samples", of: UInt8.self) }
    #expect(error?.code == .typeMismatch)
    let viewer = try Database.openReadOnly(scratch.database()).channel("samples", of: Pair.self)
    #expect(viewer.count == 0)
    let readOnly = #expect(throws: StoreError.self) { _ = try viewer.receiver() }
    #expect(readOnly?.code == .readOnly)
  }

  @Test func `damaged bytes give an error or a result, and no hang`() throws {
    var generator = SeededGenerator()
    for _ in 0..<150 {
      let store = try Database.anonymous(Geometry(blockCount: 256))
      let channel = try store.channel(
        "samples", of: Pair.self, creating: ChannelGeometry(capacity: 4, overflow: .reject))
      let region = channel.cells.region
      func damage() {
        let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
        let bits = generator.next()
        word.exchangeSequential(bits % 3 == 0 ? bits : word.loadRelaxed() ^ 1 << (bits % 64))
      }
      func use() throws {
        var sender = try channel.sender()
        var receiver = try channel.receiver()
        for value in 0..<6 {
          damage()
          _ = try? sender.push(Pair(UInt64(value)))
          _ = try? sender.push(contentsOf: [Pair(1), Pair(2)])
          _ = try? receiver.peek()
          _ = try? receiver.pop()
          _ = try? receiver.pop { _ in }
          _ = try? receiver.take(maxCount: 3)
          _ = channel.count
        }
      }
      try? use()
      try? use()
      _ = try? store.channel("samples", of: Pair.self)
    }
  }
}
