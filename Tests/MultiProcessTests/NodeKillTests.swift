import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

@Suite(.serialized) struct NodeKillTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 128, blockCount: 4_096))
  }

  /// Puts keys from 1,000 on until the map is full; how many.
  func fill(_ map: SortedMap<UInt64, UInt64>) throws -> Int {
    var count = 0
    while true {
      do throws(StoreError) { try map.put(UInt64(1_000 + count), 0) } catch {
        #expect(error.code == .full)
        return count
      }
      count += 1
    }
  }

  @Test func `a map whose users are killed stays whole, and no unit is lost`() throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(48))
    for round in 0..<12 * scale {
      let subjects = try (0..<3).map {
        try Subject(["sort", scratch.database(), "\(round * 3 + $0)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      for subject in subjects { #expect(subject.wait() == -SIGKILL) }
      var last: UInt64?
      try map.forEach { entry in
        #expect(entry.value & 0xFF == entry.key)
        if let last { #expect(last < entry.key) }
        last = entry.key
        return true
      }
      try map.removeAll()
      // All units but the one that names nothing.
      #expect(try fill(map) == 127)
      try map.removeAll()
      #expect(try map.first == nil && store.check() == [])
    }
  }

  @Test func `elements of a queue whose users are killed come once, and are lost with a taker`()
    throws
  {
    var generator = SeededGenerator()
    let store = try makeStore()
    let queue = try store.orderedQueue("queue", of: UInt64.self, creating: ElementCapacity(90))
    var seen: Set<String> = []
    for round in 0..<8 * scale {
      let lostBefore = queue.lostCount
      let subjects = try [
        Subject(["push ordered", scratch.database(), "\(round * 2)"]),
        Subject(["push ordered", scratch.database(), "\(round * 2 + 1)"]),
        Subject(["pop ordered", scratch.database()]),
      ]
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      while let line = subjects[2].readLine() { #expect(seen.insert(line).inserted) }
      for subject in subjects { subject.wait() }
      while let entry = try queue.pop() { #expect(seen.insert("\(entry.element)").inserted) }
      // All units are found again.
      var count = 0
      var refusal: StoreError?
      while refusal == nil {
        do throws(StoreError) {
          try queue.push(UInt64.max, priority: 1)
          count += 1
        } catch { refusal = error }
      }
      #expect(refusal?.code == .full && count == 127)
      while try queue.pop() != nil {}
      #expect(queue.lostCount - lostBefore <= 1)
    }
  }

  @Test func `elements of a priority queue whose users are killed come once, and none is lost`()
    throws
  {
    var generator = SeededGenerator()
    let store = try makeStore()
    let queue = try store.priorityQueue("levels", of: UInt64.self, creating: ElementCapacity(90))
    var seen: Set<String> = []
    var fillings: UInt64 = 0
    let rounds = 8 * scale
    for round in 0..<rounds {
      let subjects = try [
        Subject(["push levels", scratch.database(), "\(round * 2)"]),
        Subject(["push levels", scratch.database(), "\(round * 2 + 1)"]),
        Subject(["pop levels", scratch.database()]),
      ]
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      while let line = subjects[2].readLine() { #expect(seen.insert(line).inserted) }
      for subject in subjects { subject.wait() }
      try drain {
        try queue.pop()?.element
      } into: {
        #expect(seen.insert("\($0)").inserted)
      }
      // All units are found again.
      let count = try fill { try queue.push(.max, priority: 255) }
      #expect(count == 511 - 256)
      fillings += UInt64(count)
      try drain {
        try queue.pop()?.element
      } into: {
        #expect($0 == .max)
      }
    }
    // What a consumer had taken, and did not live to tell of.
    let untold = queue.pushedCount - fillings - UInt64(seen.count)
    #expect(untold <= rounds)
  }

  @Test func `elements of a stack whose users are killed come once, and no unit is lost`() throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let stack = try store.stack("stack", of: UInt64.self, creating: ElementCapacity(90))
    var seen: Set<String> = []
    for round in 0..<8 * scale {
      let subjects = try (0..<3).map {
        try Subject(["stack", scratch.database(), "\(round * 3 + $0)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      for subject in subjects {
        while let line = subject.readLine() { #expect(seen.insert(line).inserted) }
        subject.wait()
      }
      try drain {
        try stack.pop()
      } into: {
        #expect(seen.insert("\($0)").inserted)
      }
      #expect(try stack.count == 0)
      #expect(try fill { try stack.push(.max) } == 127)
      try drain {
        try stack.pop()
      } into: {
        #expect($0 == .max)
      }
    }
  }

  @Test func `a heap whose users are killed keeps what was published, and frees the rest`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 256, blockCount: 16_384))
    let heap = try store.heap("heap", creating: true)
    var reserved = 0
    for round in 0..<6 * scale {
      let subjects = try (0..<3).map {
        try Subject(["heap", scratch.database(), "\(round * 3 + $0)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      for subject in subjects { #expect(subject.wait() == -SIGKILL) }
      try heap.sweep()
      #expect(try heap.facts().unpublished == 0)
      try heap.forEach { allocation in
        let isWhole = try heap.withBytes(allocation) { bytes in
          bytes.array.allSatisfy { $0 == UInt8(truncatingIfNeeded: bytes.byteCount) }
        }
        #expect(isWhole)
        try heap.free(allocation)
        return true
      }
      let facts = try heap.facts()
      #expect(facts.allocations == 0 && facts.large == 0)
      // Units of all classes to begin with are 882 KiB; little more is needed for three with 21 each.
      reserved = max(reserved, facts.reserved)
      #expect(reserved < 1_000_000)
    }
    #expect(try store.deleteStructure("heap") && store.check() == [])
  }

  /// Pushes until there is no room; how many.
  private func fill(_ push: () throws -> Void) throws -> Int {
    var count = 0
    do {
      while true {
        try push()
        count += 1
      }
    } catch let error as StoreError where error.code == .full { return count }
  }

  private func drain<Element>(
    _ pop: () throws -> Element?, into taken: (Element) -> Void
  ) throws {
    while let element = try pop() { taken(element) }
  }
}
