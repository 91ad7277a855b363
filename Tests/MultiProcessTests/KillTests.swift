import Foundation
import SharedMemory
import SharedStructures
import TestSupport
import Testing

@testable import SimDB

extension Subject {
  /// Lets the process run for a random moment, then kills it.
  func killSoon(_ generator: inout SeededGenerator) {
    passMoment(upTo: 3_000_000, using: &generator)
    signal(SIGKILL)
    wait()
  }
}

@Suite(.serialized) struct KillTests {
  let scratch = Scratch()

  @Test func `a store stays whole when writers are killed anywhere`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    for round in 0..<40 * scale {
      let subjects = try (0..<2).map {
        try Subject(["churn", scratch.database(), "\(round * 2 + $0)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      #expect(store.check() == [], "what the dead hold is theirs until it is swept")
      #expect(try store.sweep() == 2)
      #expect(store.check() == [])
      #expect(try store.statistics().participants.count == 1)
      for key in try store.keys() {
        let value = try store.get(key)
        let body = value?.dropLast(8) ?? []
        let sum = body.reduce(UInt64(7)) { ($0 &* 31) &+ UInt64($1) }
        let stored = value?.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(stored == sum && body.starts(with: key + [0]))
      }
    }
    for key in try store.keys() { try store.delete(key) }
    let statistics = try store.statistics()
    #expect(statistics.usedBlocks == statistics.retiredBlocks)
  }

  @Test func `what was being filled when its process was killed was never there`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 256))
    try store.put("frame", "before")
    let used = try store.statistics().usedBlocks
    let subject = try Subject(["fill", scratch.database()])
    #expect(subject.readLine() == "filling")
    #expect(try store.statistics().usedBlocks > used)
    subject.signal(SIGKILL)
    subject.wait()
    #expect(try store.sweep() == 1)
    #expect(try store.get("frame", as: String.self) == "before")
    #expect(try store.statistics().usedBlocks == used)
    #expect(store.check() == [])
  }

  /// What a process has put and not deleted is always the last fifty or so, whoever was killed
  /// while the index moved: none is lost, and none comes back.
  @Test func `nothing is lost and nothing comes back when movers of the index are killed`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: 1_024))
    var epochs: Set<UInt64> = []
    for round in 0..<40 * scale {
      let seeds = [round * 2, round * 2 + 1]
      let subjects = try seeds.map { try Subject(["wander", scratch.database(), "\($0)"]) }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      epochs.insert(store.index.state().epoch)
      let isMoving = !store.index.state().isStable
      // One that found the store full may have swept the other.
      try store.sweep()
      #expect(store.check() == [])
      for seed in seeds {
        let numbers = try store.keys(prefix: "\(seed) ").map { key in
          Int(String(decoding: key, as: UTF8.self).split(separator: " ")[1])!
        }.sorted()
        guard let first = numbers.first, let last = numbers.last else { continue }
        #expect(numbers == Array(first...last) && numbers.count <= 52, "moving: \(isMoving)")
        #expect(first == 0 || numbers.count >= 50)
      }
      for key in try store.keys() {
        let value = try #require(try store.get(key))
        #expect(value.starts(with: key + [0]))
        #expect(try store.delete(key))
      }
      #expect(try store.keys().isEmpty && store.statistics().entries == 0)
    }
    #expect(epochs.count > 5)
    let statistics = try store.statistics()
    #expect(statistics.usedBlocks == statistics.retiredBlocks)
  }

  @Test func `a full store of long keys and split values stays whole when writers are killed`()
    throws
  {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 512))
    for round in 0..<40 * scale {
      let subjects = try (0..<2).map {
        try Subject(["crowd", scratch.database(), "\(generator.next() >> 1 &+ UInt64($0))"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      // One that found the store full may have swept the other.
      try store.sweep()
      #expect(store.check() == [])
      let statistics = try store.statistics()
      #expect(statistics.retiredBlocks == 0 && statistics.participants.count == 1)
      if round % 8 == 7 {
        // Detaching gives back what its deletions retired.
        let cleaner = try Database.open(scratch.database())
        for key in try cleaner.keys() { try cleaner.delete(key) }
      }
      if round % 8 == 7 { #expect(try store.statistics().usedBlocks == 0) }
    }
  }

  @Test func `rows and lanes that the dead have are no reason to refuse the living`() throws {
    let geometry = Geometry(blockSize: 64, blockCount: 128, participantCount: 1)
    do {
      let store = try Database.open(scratch.database(), creating: geometry)
      try store.put("pinned", "value")
    }
    for _ in 0..<3 {
      let reader = try Subject(["pin", scratch.database()])
      #expect(reader.readLine() == "ready")
      reader.signal(SIGKILL)
      reader.wait()
    }
    let store = try Database.open(scratch.database())
    for round in 0..<300 { try store.put("pinned", "\(round)") }
    #expect(store.check() == [])
  }

  @Test func `a survivor goes on while others are killed beside it`() throws {
    var generator = SeededGenerator()
    _ = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let survivor = try Subject(["churn", scratch.database(), "99", "\(200_000 * scale)"])
    #expect(survivor.readLine() == "ready")
    for round in 0..<10 * scale {
      let victim = try Subject(["churn", scratch.database(), "\(round)"])
      #expect(victim.readLine() == "ready")
      victim.killSoon(&generator)
    }
    #expect(survivor.readLine() == "done")
    #expect(survivor.wait() == 0)
  }

  @Test func `a queue loses at most what died with its consumers, and says how much`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 4_096))
    let queue = try store.queue("queue", creating: QueueGeometry(capacity: 64))
    var seen: Set<String> = []
    var highest: [String: Int] = [:]
    for round in 0..<20 * scale {
      let producer = try Subject(["push", scratch.database(), "\(round)"])
      let consumer = try Subject(["pop", scratch.database(), "0"])
      #expect(producer.readLine() == "ready")
      #expect(consumer.readLine() == "ready")
      producer.killSoon(&generator)
      consumer.killSoon(&generator)
      while let line = consumer.readLine() {
        #expect(line != "torn" && seen.insert(line).inserted)
        // A line cut off by the kill says nothing of its cycle.
        let parts = line.split(separator: " ")
        guard parts.count == 2, let cycle = Int(parts[1]) else { continue }
        highest["\(parts[0])"] = max(highest["\(parts[0])"] ?? -1, cycle)
      }
      try store.sweep()
      // What is left comes only once; a cell that a dead producer claimed is passed in a moment.
      while try queue.pop(
        timeoutNanoseconds: 20_000_000,
        { message, payload in
          #expect(seen.insert("\(message.sender) \(message.cycle)").inserted)
          #expect(
            payload.array.allSatisfy { $0 == UInt8(truncatingIfNeeded: message.cycle) })
        })
      {}
      #expect(queue.count == 0)
      #expect(store.check() == [])
    }
    #expect(queue.lostCount <= UInt64(40 * scale))
  }

  @Test func `a killed reader's pin holds nothing back`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 128))
    try store.put("pinned", "before")
    let reader = try Subject(["pin", scratch.database()])
    #expect(reader.readLine() == "ready")
    try store.put("pinned", "after")
    #expect(try store.participants().map(\.pins).reduce(0, +) == 1)
    reader.signal(SIGKILL)
    reader.wait()
    #expect(try store.sweep() == 1)
    #expect(try store.participants().map(\.pins).reduce(0, +) == 0)
    for round in 0..<1_000 { try store.put("pinned", "\(round)") }
    #expect(store.check() == [])
  }

  @Test func `a stopped writer holds nobody up`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    for round in 0..<10 * scale {
      let subject = try Subject(["churn", scratch.database(), "\(round)"])
      #expect(subject.readLine() == "ready")
      subject.signal(SIGSTOP)
      for number in 0..<2_000 { try store.put("key \(number % 64)", "\(number)") }
      for number in 0..<64 { #expect(try store.get("key \(number)") != nil) }
      subject.signal(SIGCONT)
      subject.signal(SIGKILL)
      subject.wait()
      try store.sweep()
      for key in try store.keys() { try store.delete(key) }
      #expect(store.check() == [])
    }
  }

  @Test func `64 creators at once give one store`() throws {
    for round in 0..<2 * scale {
      let path = scratch.database("created \(round)")
      let subjects = try (0..<64).map { _ in try Subject(["create", path]) }
      for subject in subjects {
        #expect(subject.readLine() == "ready")
        #expect(subject.wait() == 0)
      }
      let store = try Database.open(path)
      #expect(try store.keys(prefix: "creator").count == 64)
      #expect(store.check() == [])
    }
    #expect(scratch.names.allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func `a creator that is killed leaves nothing behind`() throws {
    var generator = SeededGenerator()
    for _ in 0..<20 * scale {
      let subject = try Subject(["create large", scratch.database()])
      #expect(subject.readLine() == "ready")
      passMoment(upTo: 30_000_000, using: &generator)
      subject.signal(SIGKILL)
      subject.wait()
      #expect(scratch.names.allSatisfy { $0 == "store.simdb" })
      if let store = try? Database.open(scratch.database()) { try store.drop() }
      #expect(scratch.names == [])
    }
  }
}
