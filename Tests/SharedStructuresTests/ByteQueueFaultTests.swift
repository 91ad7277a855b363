import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

/// Byte queues under hostile bytes.
@Suite struct ByteQueueFaultTests {
  let scratch = Scratch()

  private func makeQueue(_ geometry: ByteQueueGeometry) throws -> ByteQueue {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 16_384)
    ).byteQueue("jobs", creating: geometry)
  }

  @Test func `scribbled bytes give an error or an element, and never a crash or a hang`() throws {
    var generator = SeededGenerator()
    for round in 0..<200 * scale {
      let store = try Database.anonymous(Geometry(blockSize: 128, blockCount: 512))
      let queue = try store.byteQueue(
        "jobs",
        creating: ByteQueueGeometry(
          segmentCapacity: 512, segmentLimit: 8,
          overflow: Overflow.allCases[round % 4],
          delivery: round % 2 == 0 ? .atMostOnce : .acknowledged))
      for number in 0..<12 { try queue.push([UInt8](repeating: UInt8(number), count: 60)) }
      for _ in 0..<3 { _ = try queue.pop() }
      var regions = [queue.region]
      try queue.forEachSegment { segment throws(StoreError) in
        regions.append(segment.records)
        return true
      }
      for _ in 0..<4 {
        let region = regions[Int(generator.next() % UInt64(regions.count))]
        let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
        let old = word.loadRelaxed()
        word.storeRelaxed(
          generator.next() % 2 == 0 ? generator.next() : old ^ 1 << (generator.next() % 64))
      }
      for handle in [queue, try? store.byteQueue("jobs")].compactMap(\.self) {
        _ = try? handle.contents()
        _ = try? handle.peek()
        for _ in 0..<4 { _ = try? handle.push([1, 2, 3], timeoutNanoseconds: 1_000) }
        for _ in 0..<20 { _ = try? handle.pop() }
        _ = try? handle.take(maxCount: 3)
      }
    }
  }

  @Test func `sequences that contradict each other give an error, and never a crash or a hang`()
    throws
  {
    let numbers: [UInt64] = [0, 1, 2, 3, 4, 5, 9, 1 << 60, .max - 1, .max]
    for overflow in Overflow.allCases {
      for delivery in [Delivery.atMostOnce, .acknowledged] {
        for (index, first) in numbers.enumerated() {
          let store = try Database.anonymous(Geometry(blockSize: 128, blockCount: 512))
          let queue = try store.byteQueue(
            "jobs",
            creating: ByteQueueGeometry(
              segmentCapacity: 256, segmentLimit: 3, overflow: overflow, delivery: delivery))
          for number in 0..<6 { try queue.push([UInt8](repeating: UInt8(number), count: 60)) }
          for (second, third) in numbers.flatMap({ a in numbers.map { (a, $0) } }) {
            let words = [queue.oldest, queue.head, queue.tail]
            words[index % 3].storeRelaxed(first)
            words[(index + 1) % 3].storeRelaxed(second)
            words[(index + 2) % 3].storeRelaxed(third)
            _ = try? queue.contents()
            _ = try? queue.peek(maxCount: 3)
            _ = try? queue.collect()
            for _ in 0..<8 {
              _ = try? queue.push([UInt8](repeating: 1, count: 100), timeoutNanoseconds: 0)
            }
            _ = try? queue.pop()
            _ = try? queue.take(maxCount: 3)
            _ = queue.isEmpty
          }
          _ = try? queue.removeSegments()
        }
      }
    }
  }

  @Test func `an oldest segment that the head is not at yet is told to who drops`() throws {
    let queue = try makeQueue(
      ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 4, overflow: .dropOldest))
    let element = [UInt8](repeating: 1, count: 90)
    for _ in 0..<8 { try queue.push(element) }
    queue.oldest.storeRelaxed(2)
    let error = #expect(throws: StoreError.self) {
      for _ in 0..<8 { try queue.push(element, timeoutNanoseconds: 0) }
    }
    #expect(error?.code == .corrupt)
  }
}
