import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// What becomes of plain values when those who push and take them are killed at any moment.
@Suite(.serialized) struct ElementKillTests {
  let scratch = Scratch()

  /// The most elements that a subject pushes, or takes, at once.
  private static let batch = 3

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 128, blockCount: 16_384))
  }

  /// Starts subjects, and kills each at some moment.
  func killAll(_ works: [[String]], _ generator: inout SeededGenerator) throws {
    let subjects = try works.map { work in
      try Subject([work[0], scratch.database()] + work.dropFirst())
    }
    for subject in subjects { #expect(subject.readLine() == "ready") }
    for subject in subjects { subject.killSoon(&generator) }
    for subject in subjects { #expect(subject.wait() == -SIGKILL) }
  }

  /// What was seen in some rounds.
  private struct Seen {
    var pushed = 0
    var lost = 0
    var again = 0
  }

  /// Makes rounds, after each of which the store holds the same without the structure and the notes.
  private func makeRounds(
    _ count: Int, in store: Database, _ round: (Int) throws -> Seen
  ) throws -> Seen {
    var seen = Seen()
    var clean: Int?
    for number in 0..<count {
      let found = try round(number)
      seen.pushed += found.pushed
      seen.lost += found.lost
      seen.again += found.again
      try store.deleteStructure(QueueNotes.queue)
      try QueueNotes.delete(from: store)
      try store.sweep()
      #expect(store.check() == [])
      let statistics = try store.statistics()
      let left = statistics.usedBlocks - statistics.retiredBlocks
      #expect(left == clean ?? left)
      clean = left
    }
    #expect(seen.pushed > 0)
    return seen
  }

  /// Short rings are gone round many times, long ones never run empty.
  private func capacity(_ round: Int) -> Int { round % 2 == 0 ? 8 : 1_024 }

  @Test(arguments: [
    Delivery.atMostOnce, .acknowledged, .acknowledged(withinNanoseconds: 300_000),
  ])
  func `each element of a queue is read, or counted as lost, whoever is killed`(
    delivery: Delivery
  ) throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let seen = try makeRounds(6 * scale, in: store) { round in
      try killUsersOfQueue(round, delivery, in: store, &generator)
    }
    print("\(delivery): \(seen.pushed) pushed, \(seen.lost) lost, \(seen.again) redelivered")
  }

  private func killUsersOfQueue(
    _ round: Int, _ delivery: Delivery, in store: Database, _ generator: inout SeededGenerator
  ) throws -> Seen {
    let queue = try store.queue(
      QueueNotes.queue, of: QueueNotes.Element.self,
      creating: ElementQueueGeometry(
        capacity: capacity(round), delivery: delivery, claimLimit: 7))
    let notes = try QueueNotes(in: store, isNew: true)
    let isAcknowledged = delivery != .atMostOnce
    // Who takes at once cannot note what it dies with.
    let isTaking = !isAcknowledged && round % 3 == 0
    try killAll(
      [
        ["push elements", "0"], ["push elements", "1"], ["pop elements"],
        [isTaking ? "take elements" : "pop elements"],
      ], &generator)
    // What the dead had claimed is found when somebody comes upon it.
    let isDrained = try eventually {
      while try queue.pop(lending: { notes.noteRead($0[0]) }) {}
      return queue.count == 0 && queue.heldCount == 0
    }
    let isUsedAgain = try useAll(of: queue)
    #expect(isDrained && isUsedAgain)
    let sum = notes.sum(batch: Self.batch)
    let lost = Int(queue.lostCount)
    #expect(!notes.isTorn && sum.fromNowhere == 0 && sum.acknowledgedAgain == 0)
    if isAcknowledged {
      #expect(sum.unread == 0 && lost <= 2 * Self.batch)
    } else {
      #expect(sum.readAgain == 0 && sum.unread <= lost + (isTaking ? Self.batch : 0))
      #expect(lost <= 3 * Self.batch + 1)
    }
    return Seen(pushed: sum.pushed, lost: lost, again: Int(queue.redeliveredCount))
  }

  /// Uses each cell twice and holds as many elements as there are claims.
  private func useAll(of queue: Queue<QueueNotes.Element>) throws -> Bool {
    let element = QueueNotes.Element(0, 0)
    for _ in 0..<2 {
      var count = 0
      let isFilled = try eventually {
        while count < queue.geometry.capacity,
          try queue.push(element, timeoutNanoseconds: 1_000_000) == .pushed
        {
          count += 1
        }
        return count == queue.geometry.capacity
      }
      guard isFilled else { return false }
      if queue.geometry.delivery != .atMostOnce {
        var claims: [Queue<QueueNotes.Element>.Claim] = []
        while claims.count < queue.geometry.claimLimit, let claim = try queue.claim() {
          claims.append(claim)
        }
        guard claims.count == queue.geometry.claimLimit else { return false }
        // Some may be late by now.
        for claim in claims { _ = try claim.acknowledge() }
      }
      let isEmptied = try eventually {
        while try queue.pop() != nil {}
        return queue.count == 0 && queue.heldCount == 0
      }
      guard isEmptied else { return false }
    }
    return true
  }

  @Test(arguments: ChannelGeometry.Delivery.allCases)
  func `each element of a channel is read, or counted as lost, whoever is killed`(
    delivery: ChannelGeometry.Delivery
  ) throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let seen = try makeRounds(6 * scale, in: store) { round in
      try killUsersOfChannel(round, delivery, in: store, &generator)
    }
    print("channel, \(delivery): \(seen.pushed) pushed, \(seen.lost) lost, \(seen.again) again")
  }

  private func killUsersOfChannel(
    _ round: Int, _ delivery: ChannelGeometry.Delivery, in store: Database,
    _ generator: inout SeededGenerator
  ) throws -> Seen {
    let channel = try store.channel(
      QueueNotes.queue, of: QueueNotes.Element.self,
      creating: ChannelGeometry(capacity: capacity(round), delivery: delivery))
    let notes = try QueueNotes(in: store, isNew: true)
    let sender = try Subject(["send elements", scratch.database()])
    #expect(sender.readLine() == "ready")
    // A second receiver takes over from the first while the sender goes on.
    for _ in 0..<2 { try killAll([["receive elements"]], &generator) }
    sender.killSoon(&generator)
    do {
      var receiver = try channel.receiver()
      while try receiver.pop(lending: { notes.noteRead($0[0]) }) {}
      // The dead one's end, too, is to be had, and the ring is whole.
      var sender = try channel.sender()
      for number in 0..<2_048 as Range<UInt64> {
        let element = QueueNotes.Element(7, number)
        guard try sender.push(element, timeoutNanoseconds: 0) == .pushed,
          try receiver.pop() == element
        else {
          Issue.record("the ring is not whole at \(number)")
          break
        }
      }
    }
    let sum = notes.sum(batch: Self.batch)
    let lost = Int(channel.lostCount)
    #expect(!notes.isTorn && sum.fromNowhere == 0)
    // At most one is lent to each receiver that dies.
    switch delivery {
    case .atMostOnce: #expect(sum.readAgain == 0 && sum.unread <= lost && lost <= 2)
    case .acknowledged: #expect(sum.unread == 0 && lost == 0 && sum.readAgain <= 2)
    }
    return Seen(pushed: sum.pushed, lost: lost, again: sum.readAgain)
  }

  // MARK: Who has an element

  /// A queue that a process has the first element of.
  private func makeHeld(
    within: UInt64?
  ) throws -> (queue: Queue<QueueNotes.Element>, holder: Subject) {
    let queue = try makeStore().queue(
      QueueNotes.queue, of: QueueNotes.Element.self,
      creating: ElementQueueGeometry(
        capacity: 2, delivery: .acknowledged(withinNanoseconds: within), claimLimit: 3))
    _ = try queue.push(QueueNotes.Element(0, 0))
    let holder = try Subject(["hold element", scratch.database()])
    #expect(holder.readLine() == "ready")
    #expect(queue.heldCount == 1 && queue.count == 0)
    return (queue, holder)
  }

  @Test func `who sleeps gets what a consumer dies with`() throws {
    let (queue, holder) = try makeHeld(within: nil)
    #expect(try queue.claim(timeoutNanoseconds: 300_000_000) == nil)
    try inThreads([
      {
        let claim = try queue.claim(timeoutNanoseconds: 60_000_000_000)
        #expect(claim?.element == QueueNotes.Element(0, 0) && claim?.deliveryCount == 2)
        #expect(try claim?.acknowledge() == true)
      },
      {
        SystemClock.pause(nanoseconds: 20_000_000)
        holder.signal(SIGKILL)
        holder.wait()
      },
    ])
    #expect(queue.heldCount == 0 && queue.redeliveredCount == 1 && queue.lostCount == 0)
  }

  @Test func `a consumer that is stopped with an element holds up nobody, and is late`() throws {
    let (queue, holder) = try makeHeld(within: 50_000_000)
    holder.signal(SIGSTOP)
    var numbers: [UInt64] = []
    for number in 1...50 as ClosedRange<UInt64> {
      #expect(try queue.push(QueueNotes.Element(0, number), timeoutNanoseconds: 0) == .pushed)
      if let element = try queue.pop() { numbers.append(element.number) }
    }
    let isAll = try eventually {
      while let element = try queue.pop() { numbers.append(element.number) }
      return numbers.count == 51
    }
    #expect(isAll && numbers.filter { $0 > 0 } == Array(1...50) && numbers.contains(0))
    holder.signal(SIGCONT)
    holder.closeInput()
    #expect(holder.readLine() == "too late" && holder.wait() == 0)
    #expect(queue.heldCount == 0 && queue.count == 0)
  }

  @Test func `what a consumer acknowledges in time is done with`() throws {
    let (queue, holder) = try makeHeld(within: nil)
    holder.closeInput()
    #expect(holder.readLine() == "in time" && holder.wait() == 0)
    #expect(queue.heldCount == 0 && queue.redeliveredCount == 0)
  }
}
