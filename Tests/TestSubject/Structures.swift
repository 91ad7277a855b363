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

  /// For each line of standard input, which names a structure and a number: performs so many operations
  /// on it from the next line on, and notes them in a file.
  static func recordStructures(_ name: String, seed: UInt64, id: Int, notes: String) throws {
    let database = try Database.open(name)
    var generator = SeededGenerator(seed: seed)
    while let words = readLine()?.split(separator: " ") {
      guard words.count == 2, let kind = StructureKind(rawValue: String(words[0])),
        let count = Int(words[1])
      else { exit(2) }
      let path = "\(notes)-\(kind)"
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let file = FileHandle(forWritingAtPath: path)
      else { exit(3) }
      var recorder = try StructureRecorder(
        kind, in: database, id: id, seed: generator.next())
      print("ready")
      _ = readLine()
      for _ in 0..<count { try recorder.step { file.write(Data($0.utf8)) } }
      print("done")
    }
  }
}
