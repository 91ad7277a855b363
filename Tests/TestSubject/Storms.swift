import Foundation
import SharedMemory
import SimDB
import Synchronization
import TestSupport

/// Work on stores whose bytes somebody else damages.
extension TestSubject {
  /// Does everything that can be done with a store until standard input ends.
  static func survive(_ name: String, seed: UInt64) throws {
    SegmentLoss.survive()
    let database = try Database.open(name)
    let viewer = try Database.openReadOnly(name)
    print("ready")
    let isOver = Atomic(false)
    let threads = DispatchGroup()
    for (number, store) in [database, database, viewer].enumerated() {
      threads.enter()
      Thread {
        var numbers = Numbers(state: seed &+ UInt64(number))
        while !isOver.load(ordering: .relaxed) { attempt(store, &numbers) }
        threads.leave()
      }.start()
    }
    while readLine() != nil {}
    isOver.store(true, ordering: .relaxed)
    threads.wait()
    print("done")
  }

  /// Cuts `count` stores short while several threads open, use and close them.
  static func openCut(_ name: String, seed: UInt64, count: UInt64) throws {
    SegmentLoss.survive()
    print("seed \(seed)")
    let isOver = Atomic(false)
    let threads = DispatchGroup()
    for number in 1...3 {
      threads.enter()
      Thread {
        var numbers = Numbers(state: seed &+ UInt64(number))
        while !isOver.load(ordering: .relaxed) {
          guard let store = try? number == 3 ? Database.openReadOnly(name) : Database.open(name)
          else { continue }
          for _ in 0..<numbers.next() % 30 { attempt(store, &numbers) }
        }
        threads.leave()
      }.start()
    }
    var numbers = Numbers(state: seed)
    let geometry = Geometry(blockSize: 64, blockCount: 128, participantCount: 4)
    for _ in 0..<count {
      _ = try Database.create(name, geometry)
      let file = try FileHandle(forUpdating: URL(filePath: name))
      let size = try file.seekToEnd()
      passMoment(upTo: 2_000_000, using: &numbers)
      try file.truncate(atOffset: numbers.next() % size)
      passMoment(upTo: 2_000_000, using: &numbers)
      try file.close()
      try FileManager.default.removeItem(atPath: name)
    }
    isOver.store(true, ordering: .relaxed)
    threads.wait()
    print("done")
  }

  /// Opens `count` stores of which some bytes were changed, and does everything with them.
  static func openDamaged(_ name: String, seed: UInt64, count: UInt64) throws {
    for round in 0..<count {
      print("seed \(seed &+ round)")
      var numbers = Numbers(state: seed &+ round)
      do {
        let store = try Database.open(
          name, creating: Geometry(blockSize: 64, blockCount: 128, participantCount: 4))
        for _ in 0..<60 { attempt(store, &numbers) }
      }
      let file = try FileHandle(forUpdating: URL(filePath: name))
      let size = try file.seekToEnd()
      for _ in 0..<(1 << (numbers.next() % 10)) {
        // Half of them in the header and what is counted from there.
        try file.seek(toOffset: numbers.next() % (numbers.next() % 2 == 0 ? 512 : size))
        file.write(Data([UInt8(truncatingIfNeeded: numbers.next())]))
      }
      try file.close()
      for isWritable in [false, true] {
        guard
          let store = try? isWritable ? Database.open(name) : Database.openReadOnly(name)
        else { continue }
        for _ in 0..<200 { attempt(store, &numbers) }
      }
      try FileManager.default.removeItem(atPath: name)
    }
    print("done")
  }

  /// Puts, overwrites and deletes values of all kinds in a store that is mostly full.
  static func crowd(_ name: String, seed: UInt64) throws {
    let database = try Database.open(name)
    var numbers = Numbers(state: seed)
    print("ready")
    while true {
      let key = someKey(&numbers)
      do throws(StoreError) {
        if numbers.next() % 5 == 0 {
          try database.delete(key)
        } else {
          try database.put(key, someValue(&numbers), type: someType(&numbers))
        }
      } catch {
        guard error.code == .full else { throw error }
      }
    }
  }

  private static func someKey(_ numbers: inout Numbers) -> String {
    let number = numbers.next()
    let lengths = [1, 8, 15, 16, 17, 40, 100, 700]
    let name = "\(number % 16)"
    return name + String(repeating: "k", count: lengths[Int(number >> 32) & 7] - 1)
  }

  private static func someValue(_ numbers: inout Numbers) -> [UInt8] {
    let number = numbers.next()
    let length = number % 8 == 0 ? number >> 32 % 3_000 : number >> 32 % 150
    return [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(length))
  }

  private static func someType(_ numbers: inout Numbers) -> TypeID {
    TypeID(rawValue: [0, 2, 1_022, 1_023, 1_024, .max][Int(numbers.next() % 6)])
  }

  /// One operation, whatever comes of it.
  private static func attempt(_ store: Database, _ numbers: inout Numbers) {
    let key = someKey(&numbers)
    let value = someValue(&numbers)
    let type = someType(&numbers)
    do {
      switch numbers.next() % 24 {
      case 0...7: try store.put(key, value, type: type)
      case 8: try store.delete(key)
      case 9: _ = try store.get(key)
      case 10: _ = try store.entry(key)
      case 11: _ = try store.getMany([key, "other", key])
      case 12: _ = try store.withValue(key) { span, _ in span.array }
      case 13: _ = try store.facts(key)
      case 14: try store.update(key, attempts: 10) { _ in value }
      case 15: try store.putIfAbsent(key, value, type: type)
      case 16: _ = try store.compareAndSet(key, value, generation: numbers.next())
      case 17: _ = store.keys(prefix: "1")
      case 18: _ = try store.entries()
      case 19: _ = store.check()
      case 20: _ = store.statistics()
      case 21: try store.sweep()
      case 22: _ = try store.contains(key)
      default:
        var bytes = [UInt8](repeating: 0, count: 100)
        _ = try bytes.withMutableBytes { try store.get(key, into: &$0) }
      }
    } catch {
      // Each of these errors is an answer.
    }
  }
}
