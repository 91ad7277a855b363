import Foundation
import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport
import Testing

/// What a thread's push came to.
private final class Outcome: Sendable {
  let result = Mutex<MessageQueue.PushResult?>(nil)
}

@Suite(.serialized) struct QueueKillTests {
  let scratch = Scratch()

  func makeQueue(_ geometry: QueueGeometry) throws -> (Database, MessageQueue) {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 4_096))
    return (store, try store.queue("queue", creating: geometry))
  }

  /// Whether somebody sleeps until something leaves the queue.
  func hasSleeper(_ store: Database) throws -> Bool {
    let region = try store.structure("queue", type: .queue, creating: nil).region
    return region.word32(at: QueueLayout.departure).loadSequential() & 1 != 0
  }

  @Test(arguments: [SIGCONT, SIGKILL])
  func `who drops the oldest sleeps behind a stopped consumer until it goes on or dies`(
    signal: Int32
  ) throws {
    let (store, queue) = try makeQueue(QueueGeometry(capacity: 4, overflow: .dropOldest))
    let consumer = try Subject(["hold", scratch.database()])
    for cycle in 0..<4 {
      #expect(try queue.push(Message(cycle: UInt64(cycle)), payload: RawSpan()) == .pushed)
    }
    #expect(consumer.readLine() == "ready")
    consumer.signal(SIGSTOP)
    let outcome = Outcome()
    try inThreads([
      {
        let result = try queue.push(Message(cycle: 4), payload: RawSpan())
        outcome.result.withLock { $0 = result }
      },
      {
        let isAsleep = try eventually { try hasSleeper(store) }
        #expect(isAsleep)
        #expect(outcome.result.withLock { $0 } == nil)
        consumer.closeInput()
        consumer.signal(signal)
        consumer.wait()
      },
    ])
    #expect(outcome.result.withLock { $0 } == .pushed)
    #expect(queue.droppedCount == 0 && queue.lostCount == (signal == SIGKILL ? 1 : 0))
    var left: [UInt64] = []
    while try queue.pop({ message, _ in left.append(message.cycle) }) {}
    #expect(left == [1, 2, 3, 4])
  }

  @Test func `a queue that drops the oldest stays whole when its users are killed`() throws {
    var generator = SeededGenerator()
    let (store, queue) = try makeQueue(QueueGeometry(capacity: 4, overflow: .dropOldest))
    var seen: Set<String> = []
    for round in 0..<20 * scale {
      let subjects = try [
        Subject(["push", scratch.database(), "\(round * 2)"]),
        Subject(["push", scratch.database(), "\(round * 2 + 1)"]),
        Subject(["pop", scratch.database(), "0"]),
      ]
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      while let line = subjects[2].readLine() {
        #expect(line != "torn" && seen.insert(line).inserted)
      }
      try store.sweep()
      // Once round the cells: each is filled and taken again.
      var count = 0
      let isFilled = try eventually {
        let result = try queue.push(
          Message(cycle: 1), payload: [1].rawSpan, timeoutNanoseconds: 0)
        count += result == .pushed ? 1 : 0
        return count >= 8
      }
      let isEmptied = try eventually {
        while try queue.pop({ _, _ in }) {}
        return queue.count == 0
      }
      #expect(isFilled && isEmptied)
      #expect(try store.keys(prefix: "queue/").isEmpty)
      #expect(store.check() == [])
    }
    #expect(queue.lostCount <= UInt64(60 * scale))
  }
}
