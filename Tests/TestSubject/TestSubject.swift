import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// A program that tests start, several at once, and kill.
///
/// It writes a line when it is ready and goes on until it is killed, its work is done, or its
/// standard input ends.
@main
struct TestSubject {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let work = arguments.first, let store = arguments.dropFirst().first else {
      FileHandle.standardError.write(
        Data("usage: WORK STORE [HOW] [SEED] [COUNT] [COMPANY ID NOTES]\n".utf8))
      exit(2)
    }
    let numbers = arguments.dropFirst(2).compactMap { UInt64($0) }
    let seed = numbers.first ?? 1
    let count = numbers.dropFirst().first ?? UInt64.max
    switch work {
    case "fill": try fill(store)
    case "churn": try churn(store, seed: seed, count: count)
    case "wander": try wander(store, seed: seed)
    case "push": try push(store, seed: seed, count: count)
    case "pop": try pop(store, count: count)
    case "push bytes": try pushBytes(store, producer: seed)
    case "pop bytes": try popBytes(store)
    case "publish bytes": try publishBytes(store, publisher: seed)
    case "subscribe bytes": try subscribeBytes(store, seed: seed)
    case "stay subscribed": try staySubscribed(store)
    case "fork subscribing": try forkSubscribing(store)
    case "push elements": try pushElements(store, producer: seed)
    case "pop elements": try popElements(store)
    case "take elements": try takeElements(store)
    case "hold element": try holdElement(store)
    case "send elements": try sendElements(store)
    case "receive elements": try receiveElements(store)
    case "receive": try receive(store)
    case "sort": try sort(store, seed: seed)
    case "push ordered": try pushOrdered(store, seed: seed)
    case "pop ordered": try popOrdered(store)
    case "push levels": try pushLevels(store, seed: seed)
    case "pop levels": try popLevels(store)
    case "heap": try heap(store, seed: seed)
    case "stack": try stack(store, seed: seed)
    case "write table": try writeTable(store, seed: seed)
    case "intern": try intern(store, seed: seed)
    case "watch": try watch(Database.open(store))
    case "watch read-only": try watch(Database.openReadOnly(store))
    case "hold": try hold(store)
    case "pin": try pin(store)
    #if os(Linux)
      case "pin without file": try pinWithoutFile(store)
    #endif
    case "record": try record(store, seed: seed, count: count, Array(arguments.suffix(3)))
    case "record structures":
      try recordStructures(store, seed: seed, id: Int(count), notes: arguments.last ?? "")
    case "create": try create(store)
    case "leave": leave(store)
    case "create large": try createLarge(store)
    case "survive": try survive(store, seed: seed)
    case "cut": try openCut(store, seed: seed, count: count)
    case "damaged": try openDamaged(store, seed: seed, count: count)
    case "lose": try lose(store, seed: seed)
    case "lose waiting": try loseWaiting(store, how: arguments.last ?? "")
    case "lose foreign": try loseForeign(store, before: arguments.last ?? "")
    case "create at once": try createAtOnce(store, seed: seed, count: count)
    case "visit": try visit(store, seed: seed, count: count)
    #if os(Linux)
      case "reopen": try reopen(store, seed: seed, count: count)
    #endif
    case "no room": try fillFileSystem(store)
    case "grow without room": try growInFullFileSystem(store)
    case "crowd": try crowd(store, seed: seed)
    #if os(Linux)
      case "visit as user": try visit(store, numbers)
      case "lock too much": lockTooMuch(store)
    #endif
    case "fork anonymous": try forkAnonymous()
    case "fork holding": try forkHolding(store)
    case "fork pushing": try forkPushing(store)
    case "fork claiming": try forkClaiming(store)
    case "fork channel": try forkChannel(store)
    case "fork reading": try forkReading(store)
    case "fork lending": try forkLending(store)
    case "fork wandering": try forkWandering(store)
    case "fork watching": try forkWatching(store)
    default: exit(2)
    }
  }

  /// Fills a value in place, and does not end.
  static func fill(_ name: String) throws {
    try Database.open(name).put("frame", count: 5_000) { bytes in
      bytes.storeBytes(of: 1, as: UInt8.self)
      print("filling")
      while true { SystemClock.pause(nanoseconds: 1_000_000_000) }
    }
  }

  /// Puts, overwrites, reads and deletes self-describing values of many sizes.
  static func churn(_ name: String, seed: UInt64, count: UInt64) throws {
    let database = try Database.open(name)
    var generator = SeededGenerator(seed: seed)
    print("ready")
    for _ in 0..<count {
      let number = generator.next()
      let key = "key \(number % 64)"
      switch number >> 32 % 8 {
      case 0: try database.delete(key)
      case 1, 2:
        if let value = try database.get(key) { try check(value, of: key) }
      default:
        let size = Int(number >> 40 % 10 == 0 ? number >> 48 % 3_000 : number >> 48 % 200)
        do throws(StoreError) {
          try database.put(key, selfDescribing(key, size: size, number: number))
        } catch {
          guard error.code == .full else { throw error }
        }
      }
    }
    print("done")
  }

  /// Puts keys that nobody had before, one after the other, and deletes each when fifty more are there,
  /// so that the index is always on its way to another table.
  static func wander(_ name: String, seed: UInt64) throws {
    let database = try Database.open(name)
    print("ready")
    for number in 0..<UInt64.max {
      let key = "\(seed) \(number)"
      try database.put(key, selfDescribing(key, size: Int(number % 80), number: number))
      try database.put("\(seed)", selfDescribing("\(seed)", size: 8, number: number))
      if number >= 50, try !database.delete("\(seed) \(number - 50)") { exit(8) }
    }
  }

  /// A value that says which key it belongs to and carries a checksum.
  static func selfDescribing(_ key: String, size: Int, number: UInt64) -> [UInt8] {
    var value = Array(key.utf8)
    value.append(0)
    var numbers = SeededGenerator(seed: number)
    for _ in 0..<size { value.append(UInt8(truncatingIfNeeded: numbers.next())) }
    let sum = value.reduce(UInt64(7)) { ($0 &* 31) &+ UInt64($1) }
    for shift in 0..<8 { value.append(UInt8(truncatingIfNeeded: sum >> UInt64(shift * 8))) }
    return value
  }

  static func check(_ value: [UInt8], of key: String) throws {
    let body = value.dropLast(8)
    let sum = body.reduce(UInt64(7)) { ($0 &* 31) &+ UInt64($1) }
    let stored = value.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value.count >= 8, stored == sum, body.starts(with: Array(key.utf8) + [0]) else {
      print("torn value of \(key)")
      exit(9)
    }
  }

  /// Pushes numbered messages of one producer.
  static func push(_ name: String, seed: UInt64, count: UInt64) throws {
    let database = try Database.open(name)
    let queue = try database.queue("queue")
    print("ready")
    for cycle in 0..<count {
      var message = Message(cycle: cycle)
      message.sender = seed
      let size = Int(cycle % 5 == 0 ? 300 : cycle % 50)
      let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: cycle), count: size)
      _ = try queue.push(message, payload: payload.rawSpan)
    }
    print("done")
  }

  /// Takes messages and writes sender and cycle of each.
  static func pop(_ name: String, count: UInt64) throws {
    let database = try Database.open(name)
    let queue = try database.queue("queue")
    print("ready")
    for _ in 0..<count {
      var line = ""
      try queue.pop(timeoutNanoseconds: .max) { message, payload in
        let expected = Int(message.cycle % 5 == 0 ? 300 : message.cycle % 50)
        let isWhole =
          payload.byteCount == expected
          && payload.array.allSatisfy { $0 == UInt8(truncatingIfNeeded: message.cycle) }
        line = isWhole ? "\(message.sender) \(message.cycle)" : "torn"
      }
      print(line)
    }
  }

  /// Awaits messages and writes the cycle of each, until standard input ends.
  static func receive(_ name: String) throws {
    let queue = try Database.open(name).queue("queue")
    Task {
      print("ready")
      while true { print("\(try await queue.receive().message.cycle)") }
    }
    _ = readLine()
  }

  /// Follows the changes of a store. For each line of standard input it says whether what it was told
  /// comes to be what the store has.
  static func watch(_ database: Database) throws {
    let mirror = Mirror(try database.changes())
    print("ready")
    while readLine() != nil {
      let isSame = try eventually { try mirror.shows(database) }
      print(isSame && mirror.surprises == [] ? "the same" : "another \(mirror.surprises)")
    }
  }

  /// Takes a message and sleeps with it until standard input ends.
  static func hold(_ name: String) throws {
    let queue = try Database.open(name).queue("queue")
    try queue.pop(timeoutNanoseconds: .max) { _, _ in
      print("ready")
      _ = readLine()
    }
    print("done")
  }

  /// Pins a value and sleeps with it until standard input ends.
  static func pin(_ name: String) throws {
    let database = try Database.open(name)
    _ = try database.withValue("pinned") { _, _ in
      print("ready")
      _ = readLine()
    }
  }

  #if os(Linux)
    /// Pins a value, closes the store's file, and with it its lock, and says at the end of a line of
    /// standard input what it was lent.
    static func pinWithoutFile(_ name: String) throws {
      let database = try Database.open(name)
      _ = try database.withValue("pinned") { value, _ in
        var closed = 0
        for descriptor in Int32(3)..<64 where isFile(name, descriptor) {
          close(descriptor)
          closed += 1
        }
        print("closed \(closed)")
        _ = readLine()
        print(String(decoding: value.array, as: UTF8.self))
        // It has no lock that it could give back.
        exit(0)
      }
    }

    private static func isFile(_ path: String, _ descriptor: Int32) -> Bool {
      let link = "/proc/self/fd/\(descriptor)"
      return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == path
    }
  #endif

  /// Performs operations and notes them in a file, from when standard input ends.
  static func record(_ name: String, seed: UInt64, count: UInt64, _ rest: [String]) throws {
    guard rest.count == 3, let company = StoreRecorder.Company(rawValue: rest[0]),
      let id = Int(rest[1])
    else { exit(2) }
    let database = try Database.open(name)
    let viewer = try Database.openReadOnly(name)
    guard FileManager.default.createFile(atPath: rest[2], contents: nil),
      let file = FileHandle(forWritingAtPath: rest[2])
    else { exit(3) }
    print("ready")
    _ = readLine()
    var recorder = StoreRecorder(database, viewer: viewer, id: id, seed: seed, company: company)
    for _ in 0..<count { try recorder.step { file.write(Data($0.utf8)) } }
  }

  /// Opens the store, creating it if nobody was faster, and puts one key.
  static func create(_ name: String) throws {
    let database = try Database.open(name, creating: Geometry(blockCount: 1_024))
    try database.put("creator \(ProcessInfo.processInfo.processIdentifier)", "here")
    print("ready")
  }
}

/// Leaves the process to a thread that reads standard input to its end.
extension TestSubject {
  static func leave(_ name: String) {
    let reader = LocalThread(name: "reader") {
      // Opened here, where it is used: nothing of the main thread is left by then.
      let database = try? Database.open(name, creating: Geometry(blockCount: 1_024))
      print(database == nil ? "no store" : "ready")
      while readLine() != nil {}
      exit(0)
    }
    guard let reader else { exit(3) }
    reader.detach()
    LocalThread.endCurrent()
  }
}

extension TestSubject {
  /// Creates a store that takes its time, and drops it, again and again.
  static func createLarge(_ name: String) throws {
    print("ready")
    while true {
      let geometry = Geometry(blockSize: 4_096, blockCount: 8_192, participantCount: 1)
      try Database.open(name, creating: geometry).drop()
    }
  }
}

/// Writes a line at once, whatever standard output is.
func print(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
