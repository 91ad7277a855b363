import SharedMemory
import SimDB

/// Performs random operations on a few keys of a store, and notes each question before it is asked
/// and its answer afterwards, so that the notes of one who was killed are complete but for the last.
public struct StoreRecorder {
  private let database: Database
  private let keyCount: Int
  private var generator: SeededGenerator
  /// The next number to put, which nobody else puts.
  private var number: Int
  /// Value and generation as last read, by key.
  private var seen: [Int: (value: Int, generation: UInt64)] = [:]

  /// Makes a recorder.
  ///
  /// - Parameter id: 1 or more, different from those of all others that use the store.
  public init(_ database: Database, id: Int, seed: UInt64, keyCount: Int = 3) {
    self.database = database
    self.keyCount = keyCount
    generator = SeededGenerator(seed: seed)
    number = id << 32
  }

  /// Performs an operation.
  ///
  /// - Parameter note: Gets the two lines that say what was asked and answered, and when.
  public mutating func step(_ note: (String) -> Void) throws(StoreError) {
    let key = Int.random(in: 0..<keyCount, using: &generator)
    let name = "key \(key), longer than a header has room for"
    number += 1
    let answer: String
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      note("? \(key) delete \(now)")
      answer = try database.delete(name) ? "yes" : "no"
    case 1:
      note("? \(key) absent \(number) \(now)")
      answer = try database.putIfAbsent(name, Self.bytes(number)) != nil ? "yes" : "no"
    case 2, 3:
      let old = seen[key] ?? (0, 0)
      note("? \(key) exchange \(old.value) \(number) \(now)")
      let stored = try database.compareAndSet(
        name, Self.bytes(number), generation: old.generation)
      answer = stored != nil ? "yes" : "no"
    case 4, 5:
      note("? \(key) put \(number) \(now)")
      _ = try database.put(name, Self.bytes(number))
      answer = "yes"
    default:
      note("? \(key) get \(now)")
      let entry = try database.entry(name)
      seen[key] = entry.map { (Self.number($0.bytes), $0.generation) }
      answer = entry.map { "\(Self.number($0.bytes))" } ?? "none"
    }
    note("= \(answer) \(now)")
  }

  private var now: UInt64 { SystemClock.monotonicNanoseconds }

  /// A value that tells its number, of one block or several.
  private static func bytes(_ number: Int) -> [UInt8] {
    let padding = [UInt8](
      repeating: UInt8(number & 0xff), count: number % 5 == 0 ? 300 : number % 40)
    return (0..<8).map { UInt8((number >> ($0 * 8)) & 0xff) } + padding
  }

  /// The number of a value; one that was never put if the value is not whole.
  private static func number(_ bytes: [UInt8]) -> Int {
    guard bytes.count >= 8 else { return -1 }
    let number = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << ($1 * 8) }
    return bytes == Self.bytes(number) ? number : -1
  }
}

extension StoreHistory {
  /// The operations that one recorder noted.
  public init(notes: [String]) {
    self.init()
    var asked: [Substring] = []
    for note in notes {
      let words = note.split(separator: " ")
      if words.first == "?" {
        asked = words
      } else if words.count == 3, !asked.isEmpty {
        add(asked, answer: words[1], returned: UInt64(words[2]))
        asked = []
      }
    }
    if !asked.isEmpty { add(asked, answer: nil, returned: nil) }
  }

  private mutating func add(_ asked: [Substring], answer: Substring?, returned: UInt64?) {
    guard let time = asked.last.flatMap({ UInt64($0) }), asked.count >= 4 else { return }
    let numbers = asked[3..<asked.count - 1].compactMap { Int($0) }
    let isYes = answer.map { $0 == "yes" }
    let operation: StoreOperation
    switch asked[2] {
    case "put": operation = .put(numbers[0])
    case "delete": operation = .delete(isYes)
    case "absent": operation = .putIfAbsent(numbers[0], isYes)
    case "exchange": operation = .compareAndSet(from: numbers[0], numbers[1], isYes)
    default:
      // A question without effect or answer says nothing.
      guard let answer else { return }
      operation = .get(Int(answer))
    }
    add(String(asked[1]), operation, invoked: time, returned: returned)
  }
}
