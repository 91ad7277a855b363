import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Users of tables and interned strings, to be killed.
extension TestSubject {
  /// Sets numbered values of a table, small and large, and removes and adds keys.
  static func writeTable(_ name: String, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var writer = try Database.open(name).table("table").writer()
    print("ready")
    while true {
      let number = generator.next()
      let key = "key \(number % 8)"
      if number >> 32 % 8 == 0 {
        try writer.remove(key)
      } else {
        let count = number >> 40 % 4 == 0 ? 100 : Int(number >> 48 % 3) + 1
        let words = [UInt64](repeating: number, count: count)
        try writer.set(key, words.span.plainBytes)
      }
    }
  }

  /// Interns strings that others intern too, and writes what it was given for each.
  static func intern(_ name: String, seed: UInt64) throws {
    let words = try Database.open(name).strings("words")
    print("ready")
    for number in seed..<UInt64.max {
      let handle = try words.intern("string \(number)")
      print("\(number) \(handle.rawValue)")
    }
  }
}
