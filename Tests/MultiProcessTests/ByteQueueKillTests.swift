import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// What becomes of elements when those who push and take them are killed.
@Suite(.serialized) struct ByteQueueKillTests {
  let scratch = Scratch()

  @Test(arguments: [Delivery.atMostOnce, .acknowledged])
  func `each element is read, or counted as lost, whoever is killed`(
    delivery: Delivery
  ) throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 128, blockCount: 65_536, maximumBlockCount: 1 << 22))
    let queue = try store.byteQueue(
      ByteQueueNotes.queue,
      creating: ByteQueueGeometry(
        segmentCapacity: 1_024, segmentLimit: 6, delivery: delivery))
    var killed: (producers: UInt64, consumers: UInt64) = (0, 0)
    for round in 0..<UInt64(8 * scale) {
      let producers = try [round * 2, round * 2 + 1].map {
        try Subject(["push bytes", scratch.database(), "\($0)"])
      }
      let consumers = try (0..<2).map { _ in try Subject(["pop bytes", scratch.database()]) }
      for subject in producers + consumers { #expect(subject.readLine() == "ready") }
      for subject in producers + consumers { subject.killSoon(&generator) }
      killed.producers += 2
      killed.consumers += 2
      for subject in producers + consumers { #expect(subject.wait() == -SIGKILL) }
      // What the dead had claimed is found when somebody comes upon it.
      let isDrained = try eventually {
        while try queue.pop({ bytes, _ in try ByteQueueNotes.note(bytes.array, in: store) }) {}
        let contents = try queue.contents()
        return contents.waiting == 0 && (delivery == .atMostOnce || contents.held == 0)
      }
      #expect(isDrained)
      try store.sweep()
      #expect(store.check() == [])
    }
    // Deaths that are counted when their segment goes.
    let isClean = try eventually {
      try queue.push([UInt8](repeating: 0, count: 900))
      while try queue.pop() != nil {}
      let contents = try queue.contents()
      return contents.held == 0 && contents.segments <= 2
    }
    #expect(isClean)

    #expect(try store.get("torn") == nil)
    var unread: UInt64 = 0
    var pushed: UInt64 = 0
    for producer in 0..<killed.producers {
      let count = try store.get(ByteQueueNotes.pushed(by: producer), as: UInt64.self) ?? 0
      pushed += count
      for number in 0..<count {
        let reads = try ByteQueueNotes.readCount(producer, number, in: store)
        if reads == 0 { unread += 1 }
        #expect(reads <= 1 || delivery == .acknowledged)
      }
      // One may have been pushed and not noted; none came from nowhere.
      let after = try ByteQueueNotes.readCount(producer, count, in: store)
      let beyond = try ByteQueueNotes.readCount(producer, count + 1, in: store)
      #expect(after <= 1 || delivery == .acknowledged)
      #expect(beyond == 0)
    }
    #expect(pushed > 0)
    let lost = queue.lostCount
    if delivery == .atMostOnce {
      #expect(unread <= lost && lost <= unread + killed.producers + 5 * killed.consumers)
    } else {
      #expect(unread == 0 && lost <= killed.producers)
    }
    print("\(pushed) pushed, \(lost) lost, \(queue.redeliveredCount) redelivered")
  }
}
