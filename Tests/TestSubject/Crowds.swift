import Foundation
import SharedMemory
import SimDB
import TestSupport

/// Many processes at once, each a child of this one, which is much cheaper than a program of its own.
extension TestSubject {
  /// Lets 64 processes create one store at once, `count` times; in some rounds one of them is killed.
  static func createAtOnce(_ name: String, seed: UInt64, count: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<count {
      let children = (0..<64).map { number in
        Child(isHeld: true) {
          let store = try Database.open(name, creating: Geometry(blockSize: 64, blockCount: 256))
          try store.put("creator \(number)", "here")
          return 0
        }
      }
      for child in children.shuffled(using: &generator) { child.signal(SIGCONT) }
      let victim = round % 3 == 0 ? children.randomElement(using: &generator) : nil
      if let victim {
        passMoment(upTo: 5_000_000, using: &generator)
        victim.signal(SIGKILL)
      }
      var done = 0
      for child in children {
        let status = child.wait()
        done += status == 0 ? 1 : 0
        if status != 0, child.pid != victim?.pid { print("round \(round): ended with \(status)") }
      }
      let store = try Database.open(name)
      try store.sweep()
      // The one that was killed may have put its key before.
      let keys = try store.keys(prefix: "creator").count
      if keys < done || keys > 64 { print("round \(round): \(keys) keys of \(done)") }
      if store.check() != [] { print("round \(round): \(store.check())") }
      try store.drop()
    }
    print("done")
  }

  /// Lets `count` processes open a store, use it and close it, some 32 at a time; some of them are
  /// killed, and some end without closing it.
  static func visit(_ name: String, seed: UInt64, count: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    _ = try Database.create(
      name, Geometry(blockSize: 64, blockCount: 1_024, participantCount: 64))
    var here: [(child: Child, isVictim: Bool)] = []
    func seeOff(_ position: Int) {
      let (child, isVictim) = here.remove(at: position)
      if isVictim { child.signal(SIGKILL) }
      let status = child.wait()
      if status != 0, status != -SIGKILL || !isVictim { print("a visitor ended with \(status)") }
    }
    for visitor in 0..<count {
      let seed = generator.next()
      let child = Child {
        var numbers = SeededGenerator(seed: seed)
        let store = try Database.open(name)
        for _ in 0..<4 { StoreUse.attemptAny(store, &numbers) }
        _ = try store.withValue(StoreUse.someKey(&numbers)) { _, _ in
          // In the middle of it, with a pin.
          if visitor % 5 == 0 { _exit(0) }
        }
        return 0
      }
      here.append((child, generator.next() % 7 == 0))
      if here.count == 32 { seeOff(Int(generator.next() % 32)) }
    }
    while !here.isEmpty { seeOff(0) }
    try Database.open(name).sweep()
    let viewer = try Database.openReadOnly(name)
    if try viewer.participants() != [] { try print("left: \(viewer.participants())") }
    if viewer.check() != [] { print("\(viewer.check())") }
    if try viewer.statistics().retiredBlocks != 0 { try print("\(viewer.statistics())") }
    print("done")
  }
}
