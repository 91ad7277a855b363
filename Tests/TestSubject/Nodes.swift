import Foundation
import SharedStructures
import SimDB
import TestSupport

/// Users of structures of nodes, to be killed.
extension TestSubject {
  /// Changes a sorted map whose values tell their keys.
  static func sort(_ name: String, seed: UInt64) throws {
    let map = try Database.open(name).sortedMap("map", of: UInt64.self, to: UInt64.self)
    var generator = SeededGenerator(seed: seed)
    print("ready")
    while true {
      let key = generator.next() % 48
      let value = generator.next() << 8 | key
      switch generator.next() % 6 {
      case 0, 1: try map.put(key, value)
      case 2: try map.update(key) { _ in value }
      case 3: try map.remove(key)
      case 4: try map.popFirst()
      default: if let value = try map.get(key), value & 0xFF != key { exit(9) }
      }
    }
  }

  /// Pushes numbered elements to an ordered queue until it is full, again and again.
  static func pushOrdered(_ name: String, seed: UInt64) throws {
    let queue = try Database.open(name).orderedQueue("queue", of: UInt64.self)
    print("ready")
    var number: UInt64 = 0
    while true {
      // A full queue is tried again.
      if (try? queue.push(seed << 32 | number, priority: number % 4)) != nil { number += 1 }
    }
  }

  /// Takes elements from an ordered queue and writes each.
  static func popOrdered(_ name: String) throws {
    let queue = try Database.open(name).orderedQueue("queue", of: UInt64.self)
    print("ready")
    while true {
      if let entry = try queue.pop(timeoutNanoseconds: 1_000_000) { print("\(entry.element)") }
    }
  }

  /// Pushes numbered elements to a priority queue until it is full, again and again.
  static func pushLevels(_ name: String, seed: UInt64) throws {
    let queue = try Database.open(name).priorityQueue("levels", of: UInt64.self)
    print("ready")
    var number: UInt64 = 0
    while true {
      // A full queue is tried again.
      let priority = UInt8(number % 4 * 80)
      if (try? queue.push(seed << 32 | number, priority: priority)) != nil { number += 1 }
    }
  }

  /// Takes elements from a priority queue and writes each.
  static func popLevels(_ name: String) throws {
    let queue = try Database.open(name).priorityQueue("levels", of: UInt64.self)
    print("ready")
    while true {
      if let entry = try queue.pop(timeoutNanoseconds: 1_000_000) { print("\(entry.element)") }
    }
  }

  /// Pushes numbered elements to a stack, takes others and writes each.
  static func stack(_ name: String, seed: UInt64) throws {
    let stack = try Database.open(name).stack("stack", of: UInt64.self)
    var generator = SeededGenerator(seed: seed)
    print("ready")
    var number: UInt64 = 0
    while true {
      if generator.next() % 2 == 0 {
        if (try? stack.push(seed << 32 | number)) != nil { number += 1 }
      } else if let element = try stack.pop() {
        print("\(element)")
      }
    }
  }

  /// Allocates from a heap, fills, publishes and frees; the last of the bytes tells their number.
  static func heap(_ name: String, seed: UInt64) throws {
    let heap = try Database.open(name).heap("heap")
    var generator = SeededGenerator(seed: seed)
    var mine: [HeapHandle] = []
    print("ready")
    while true {
      let count = Int(generator.next() % (generator.next() % 16 == 0 ? 8_000 : 400))
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
      mine.append(
        try heap.allocate(bytes.rawSpan, isPublished: generator.next() % 4 > 0))
      if mine.count > 20, let place = mine.indices.randomElement(using: &generator) {
        try heap.free(mine.remove(at: place))
      }
    }
  }
}
