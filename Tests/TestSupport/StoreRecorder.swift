import SharedMemory
import SimDB

/// Performs random operations on keys that it shares with others, and notes each of them: see
/// ``StoreHistory/init(notes:)``.
///
/// Its values tell their numbers, and the answers that tell a generation are noted with it: where the
/// generation is the same, so must the value be.
public struct StoreRecorder {
  /// What it does with keys of its own, between its operations on those that it shares.
  public enum Company: String, CaseIterable, Sendable {
    case none
    /// Each key is deleted when a few more have been put, so the index moves again and again.
    case passing
    /// Keys stay, so blocks and index grow.
    case staying

    /// A store in which it has the effect it is for.
    public var geometry: Geometry {
      switch self {
      case .none: Geometry(blockSize: 64, blockCount: 1_024)
      case .passing: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: 1_024)
      case .staying: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: 1 << 17)
      }
    }
  }

  /// How many keys of its own that pass are there at a time.
  private static let passingCount = 8
  /// Its values can be got as ``RecordedValue/Plain``.
  private static let plainKey = "plain"
  private static let sharedKeys = [plainKey, "short", "a-key-longer-than-a-header-has-room-for"]

  private let database: Database
  private let viewer: Database
  private let id: Int
  private let company: Company
  private var generator: SeededGenerator
  /// How many values it has put, or tried to.
  private var valueCount = 0
  /// How many keys of its own it has put, and deleted.
  private var ownCount = 0
  private var goneCount = 0
  /// What was seen last, by key.
  private var seen: [String: Sighting] = [:]

  /// Makes a recorder.
  ///
  /// - Parameters:
  ///   - database: What it changes and looks at.
  ///   - viewer: Another way to look at it, read-only for instance.
  ///   - id: 1 or more, different from those of all others that use the store.
  public init(
    _ database: Database, viewer: Database, id: Int, seed: UInt64, company: Company = .none
  ) {
    self.database = database
    self.viewer = viewer
    self.id = id
    self.company = company
    generator = SeededGenerator(seed: seed)
  }

  /// Performs an operation.
  ///
  /// - Parameter note: Gets the lines that say what was asked and answered, and when.
  public mutating func step(_ note: (String) -> Void) throws {
    if company != .none, Bool.random(using: &generator) {
      try keepCompany(note)
    } else {
      let key = Self.sharedKeys.randomElement(using: &generator)!
      if Bool.random(using: &generator) {
        try change(key, note)
      } else {
        try look(key, note)
      }
    }
  }

  private mutating func keepCompany(_ note: (String) -> Void) throws {
    func name(_ number: Int) -> String { "own-\(id)-\(number)" }
    if company == .passing, ownCount - goneCount == Self.passingCount {
      try delete(name(goneCount), note)
      goneCount += 1
    } else if company == .staying, ownCount > 0, Int.random(in: 0..<4, using: &generator) == 0 {
      try look(name(Int.random(in: 0..<ownCount, using: &generator)), note)
    } else {
      try put(name(ownCount), newValue(), note)
      ownCount += 1
    }
  }

  private mutating func change(_ key: String, _ note: (String) -> Void) throws {
    let value = newValue(isPlain: key == Self.plainKey)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1: try delete(key, note)
    case 2, 3: try putIfAbsent(key, value, note)
    case 4, 5, 6: try put(key, value, note)
    case 7, 8, 9: try update(key, value, note)
    default:
      if let old = seen[key] {
        try compareAndSet(key, value, over: old, note)
      } else {
        try look(key, note)
      }
    }
  }

  /// A value that nobody else puts.
  private mutating func newValue(isPlain: Bool = false) -> RecordedValue {
    valueCount += 1
    return RecordedValue(id << 32 | valueCount << 1 | (isPlain ? 1 : 0))
  }
}

/// What changes something.
extension StoreRecorder {
  private func delete(_ key: String, _ note: (String) -> Void) throws {
    try Self.ask("\(key) delete", note) {
      try database.delete(key)
    } told: {
      $0 ? "yes" : "no"
    }
  }

  private mutating func put(
    _ key: String, _ value: RecordedValue, _ note: (String) -> Void
  ) throws {
    let bytes = value.bytes
    let generation = try Self.ask("\(key) put \(value.number)", note) {
      try database.put(key, bytes, type: value.type)
    } told: {
      "\($0)"
    }
    seen[key] = Sighting(number: value.number, generation: generation)
  }

  private func putIfAbsent(
    _ key: String, _ value: RecordedValue, _ note: (String) -> Void
  ) throws {
    let bytes = value.bytes
    try Self.ask("\(key) absent \(value.number)", note) {
      try database.putIfAbsent(key, bytes, type: value.type)
    } told: {
      Self.word($0)
    }
  }

  private func compareAndSet(
    _ key: String, _ value: RecordedValue, over old: Sighting, _ note: (String) -> Void
  ) throws {
    let bytes = value.bytes
    try Self.ask("\(key) exchange \(old.note) \(value.number)", note) {
      try database.compareAndSet(key, bytes, type: value.type, generation: old.generation)
    } told: {
      Self.word($0)
    }
  }

  private mutating func update(
    _ key: String, _ value: RecordedValue, _ note: (String) -> Void
  ) throws {
    let isLeft = Int.random(in: 0..<8, using: &generator) == 0
    let isPlain = key == Self.plainKey && Bool.random(using: &generator)
    let bytes = value.bytes
    func noteAttempt(_ seen: Sighting?) { note("~ \(seen.word) \(Self.now)\n") }
    try Self.ask("\(key) \(isLeft ? "leave" : "update") \(value.number)", note) {
      if isPlain {
        try database.update(key, as: RecordedValue.Plain.self, type: value.type) { old in
          noteAttempt(old.map { Sighting(plain: $0) })
          return isLeft ? nil : value.plain
        }
      } else {
        try database.update(key, type: value.type) { old in
          noteAttempt(old.map { Sighting($0) })
          return isLeft ? nil : bytes
        }
      }
    } told: {
      Self.word($0)
    }
  }

  /// The generation of what was stored, if it was.
  private static func word(_ generation: UInt64?) -> String {
    generation.map { "\($0)" } ?? "no"
  }
}

/// What changes nothing.
extension StoreRecorder {
  private mutating func look(_ key: String, _ note: (String) -> Void) throws {
    let look = StoreLook.allCases.randomElement(using: &generator)!
    guard look != .plain || key == Self.plainKey else { return try self.look(key, note) }
    let database = Bool.random(using: &generator) ? database : viewer
    var keys = [key]
    if look == .many {
      let count = Int.random(in: 0...3, using: &generator)
      keys += (0..<count).map { _ in Self.sharedKeys.randomElement(using: &generator)! }
    }
    var pauses = generator
    let told = try Self.ask("\(keys.joined(separator: ",")) \(look)", note) {
      try look(database, keys) { passMoment(upTo: 200_000, using: &pauses) }
    } told: {
      $0.sightings.map(\.word).joined(separator: " ")
    }
    if case .entry(let entry) = told { seen[key] = entry.map { Sighting($0) } }
  }
}

extension StoreRecorder {
  private static var now: UInt64 { SystemClock.monotonicNanoseconds }

  /// Notes a question, asks it, and notes the answer.
  ///
  /// - Parameter told: Gets the answer when its time has been taken, and makes words of it.
  @discardableResult
  private static func ask<Answer>(
    _ question: String, _ note: (String) -> Void, _ perform: () throws -> Answer,
    told: (Answer) -> String
  ) throws -> Answer {
    note("? \(question) \(now)\n")
    let answer = try perform()
    let time = now
    note("= \(told(answer)) \(time)\n")
    return answer
  }
}
