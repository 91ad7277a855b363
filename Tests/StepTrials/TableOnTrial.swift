import SharedMemory
import SharedStructures
import SimDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension StructureOnTrial.Kind {
  /// Tables whose values tell their key: those of key 2 are from 20 on.
  static let tables: [Self] = [
    Self(name: "table") { store, key in
      try TableOnTrial(store, key).trial { $0.operations }
    },
    Self(name: "table of a dead writer") { store, key in
      let table = try TableOnTrial(store, key)
      try table.leaveDead()
      return table.trial { $0.takingOver }
    },
  ]
}

/// A table with a small value, a large one, and a small one.
private final class TableOnTrial {
  private let store: Database
  private let key: String
  private let table: Table

  private static let small = 16
  private static let large = 100
  private static let standing = [11, 21, 31]

  init(_ store: Database, _ key: String) throws {
    self.store = store
    self.key = key
    table = try store.table(key, creating: TableGeometry(capacity: 8))
    try set([11: Self.small, 21: Self.large, 31: Self.small])
  }

  /// Sets values as a writer of their own; told is how long each is.
  private func set(_ values: KeyValuePairs<Int, Int>) throws {
    var writer = try table.writer()
    for (number, count) in values { try Self.set(&writer, number, count) }
  }

  private static func set(_ writer: inout TableWriter, _ number: Int, _ count: Int) throws {
    try writer.set("\(number / 10)", NumberedValue(number, count: count).bytes)
  }

  private func remove(_ key: Int) throws {
    var writer = try table.writer()
    try require(try writer.remove("\(key)"), "there is no value of \(key)")
  }

  /// Lets a writer die that has put a value of key 2 into the store and not published it, and another
  /// one that has added key 4 and not found it a slot.
  func leaveDead() throws {
    try leaveDead(setting: 22) { try self.payloads.count == 2 }
    try leaveDead(setting: 41) { try self.table.keyCount == 4 }
  }

  private func leaveDead(
    setting number: Int, _ hasTimeCome: @escaping () throws -> Bool
  ) throws {
    let child = Child {
      do {
        var writer = try table.writer()
        try Steps.call {
          if (try? hasTimeCome()) == true { kill(getpid(), SIGKILL) }
        } during: {
          try Self.set(&writer, number, Self.large)
        }
      } catch {}
      return 1
    }
    try require(child.wait() == .killed(SIGKILL), "no writer died when it had set \(number)")
  }

  /// Values that lie in the store.
  private var payloads: [[UInt8]] { get throws { try store.keys(prefix: "\(key)/payload/") } }

  // MARK: What others do

  private func useBeside() throws {
    for round in 0..<4 {
      _ = try numbers(table)
      do {
        var writer = try table.writer()
        for key in 1...5 {
          try Self.set(
            &writer, 10 * key + 5 + round, (key + round) % 2 == 0 ? Self.small : Self.large)
        }
        try writer.remove("3")
      } catch let error as StoreError where error.code == .owned {
        // The victim has it, for as long as it lives.
      }
    }
  }

  /// The numbers of all values, in the order of their keys.
  private func numbers(_ table: Table) throws -> [Int] {
    var values: [([UInt8], TableValue)] = []
    try table.forEach { key, value throws(StoreError) in values.append((key, value)) }
    let numbers = try values.map { key, value in
      guard let number = NumberedValue(value.bytes)?.number else {
        throw Failure("a value is torn")
      }
      try require(Array("\(number / 10)".utf8) == key, "\(number) is not the key's")
      return number
    }
    return numbers.sorted()
  }

  /// Takes the table over, and has all of its cells hold small values and large ones.
  private func drain() throws -> [Int] {
    let table = try store.table(key)
    let found = try numbers(table)
    // Who died between publishing a value and counting it has not counted it.
    let published = try (1...5).reduce(0) { try $0 + table.version("\($1)") }
    try require(
      published == table.changeCount || published == table.changeCount + 1,
      "\(published) were published, \(table.changeCount) counted")
    var writer = try table.writer()
    try require(try numbers(table) == found, "who takes it over finds something else")
    for count in [Self.small, Self.large, Self.large, Self.small] {
      for key in 1...5 { try Self.set(&writer, 10 * key + 9, count) }
      try require(
        try numbers(table) == [19, 29, 39, 49, 59], "it holds other values than were set")
    }
    for key in 1...5 { try require(try writer.remove("\(key)"), "\(key) is not there") }
    try require(try table.keyCount == 5, "it has other keys than were added")
    try require(try payloads.isEmpty, "values lie in the store that nobody refers to")
    return found
  }

  func trial(
    _ operations: (TableOnTrial) -> [StructureOnTrial.Operation]
  ) -> StructureOnTrial {
    StructureOnTrial(
      standing: Self.standing, operations: operations(self), useBeside: useBeside, drain: drain,
      // A value to a key.
      isPossible: { numbers in Set(numbers.map { $0 / 10 }).count == numbers.count })
  }

  // MARK: What victims do

  fileprivate typealias Operation = StructureOnTrial.Operation

  private func setting(
    _ name: String, _ values: KeyValuePairs<Int, Int>, after: [Int], interrupted: [[Int]] = []
  ) -> Operation {
    Operation(
      name: name, run: { try self.set(values) }, after: [after], interrupted: interrupted)
  }

  fileprivate var operations: [Operation] {
    let (small, large) = (Self.small, Self.large)
    return [
      Operation(
        name: "claim the writer", run: { _ = try self.table.writer() }, after: [Self.standing]),
      setting("set a small value over a small one", [12: small], after: [12, 21, 31]),
      setting("set a large value over a small one", [12: large], after: [12, 21, 31]),
      setting("set a small value over a large one", [22: small], after: [11, 22, 31]),
      setting("set a large value over a large one", [22: large], after: [11, 22, 31]),
      setting(
        "set large values in turn", [22: large, 23: large, 24: small], after: [11, 24, 31],
        interrupted: [[11, 22, 31], [11, 23, 31]]),
      setting("set a value of several blocks", [22: 700], after: [11, 22, 31]),
      setting("add a small value", [41: small], after: Self.standing + [41]),
      setting("add a large value", [41: large], after: Self.standing + [41]),
      Operation(name: "remove a small value", run: { try self.remove(1) }, after: [[21, 31]]),
      Operation(name: "remove a large value", run: { try self.remove(2) }, after: [[11, 31]]),
      Operation(
        name: "remove a value, and add it",
        run: {
          try self.remove(2)
          try self.set([22: large])
        }, after: [[11, 22, 31]], interrupted: [[11, 31]]),
    ] + looking
  }

  private var looking: [Operation] {
    [
      Operation(
        name: "get", run: { for key in 1...4 { try self.look(key) } }, after: [Self.standing]),
      Operation(
        name: "get all", run: { _ = try self.numbers(self.table) }, after: [Self.standing]),
      Operation(
        name: "wait for a change",
        run: {
          let count = self.table.changeCount
          _ = try self.table.waitForChange(after: count, timeoutNanoseconds: 1_000)
        }, after: [Self.standing]),
    ]
  }

  private func look(_ key: Int) throws {
    guard let bytes = try table.get("\(key)")?.bytes else { return }
    let number = NumberedValue(bytes)?.number
    try require(number.map { $0 / 10 } == key, "a value is torn, or another's")
  }

  fileprivate var takingOver: [Operation] {
    let (small, large) = (Self.small, Self.large)
    return [
      Operation(
        name: "take it over", run: { _ = try self.table.writer() }, after: [Self.standing]),
      setting("take it over, and set what was not set", [22: large], after: [11, 22, 31]),
      setting("take it over, and set a small value", [22: small], after: [11, 22, 31]),
      setting("take it over, and set what was added", [41: small], after: Self.standing + [41]),
      setting("take it over, and add", [51: large], after: Self.standing + [51]),
      Operation(
        name: "take it over, and remove", run: { try self.remove(2) }, after: [[11, 31]]),
    ]
  }
}
