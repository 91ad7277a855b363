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
        var numbers = SeededGenerator(seed: seed &+ UInt64(number))
        while !isOver.load(ordering: .relaxed) {
          let begin = SystemClock.monotonicNanoseconds
          StoreUse.attemptAny(store, &numbers)
          // A second is what a read-only get waits for calm; the rest is for who shares the processor.
          let time = SystemClock.monotonicNanoseconds - begin
          if time > 5_000_000_000 { print("an operation took \(time) ns") }
        }
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
        var numbers = SeededGenerator(seed: seed &+ UInt64(number))
        while !isOver.load(ordering: .relaxed) {
          guard let store = try? number == 3 ? Database.openReadOnly(name) : Database.open(name)
          else { continue }
          for _ in 0..<numbers.next() % 30 { StoreUse.attemptAny(store, &numbers) }
        }
        threads.leave()
      }.start()
    }
    var numbers = SeededGenerator(seed: seed)
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
      var numbers = SeededGenerator(seed: seed &+ round)
      do {
        let store = try Database.open(
          name, creating: Geometry(blockSize: 64, blockCount: 128, participantCount: 4))
        for _ in 0..<60 { StoreUse.attemptAny(store, &numbers) }
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
        for _ in 0..<200 { StoreUse.attemptAny(store, &numbers) }
      }
      try FileManager.default.removeItem(atPath: name)
    }
    print("done")
  }

  /// Puts, overwrites and deletes values of all kinds in a store that is mostly full.
  static func crowd(_ name: String, seed: UInt64) throws {
    let database = try Database.open(name)
    var numbers = SeededGenerator(seed: seed)
    print("ready")
    while true {
      let key = StoreUse.someKey(&numbers)
      do throws(StoreError) {
        if numbers.next() % 5 == 0 {
          try database.delete(key)
        } else {
          try database.put(
            key, StoreUse.someValue(&numbers), type: StoreUse.someType(&numbers))
        }
      } catch {
        guard error.code == .full else { throw error }
      }
    }
  }
}
