#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import CSharedMemory
import SharedMemory
import SimDB
import TestSupport

/// A store that trials are made on, and the view of it that tells what is taken.
final class TrialStore: Sendable {
  let path: String
  let database: Database
  private let segment: Segment

  /// Makes a store whose keys lie where `hashSeed` puts them, so that trials can be repeated.
  init(_ geometry: Geometry, path: String, hashSeed: UInt64) throws {
    self.path = path
    try require(try Database.create(path, geometry), "'\(path)' is there")
    segment = try Segment.attach(path: path, writable: true)
    guard let offset = MemoryLayout<shm_header>.offset(of: \.hash_seed) else {
      throw Failure("a header has no hash seed")
    }
    segment.region.word(at: offset).storeRelaxed(hashSeed)
    database = try Database.open(path)
  }

  /// A seed for a store: with every second one, `keys` meet in one group of the index.
  static func someHashSeed(
    _ keys: [String], _ generator: inout SeededGenerator
  ) -> UInt64 {
    let areMeeting = Bool.random(using: &generator)
    while true {
      let seed = generator.next()
      if !areMeeting || Set(keys.map { homeGroup(of: $0, hashSeed: seed) }).count == 1 {
        return seed
      }
    }
  }

  /// The group of the index that a key's path begins with, in the small stores of trials.
  static func homeGroup(of key: String, hashSeed: UInt64) -> UInt64 {
    hash(key, hashSeed) >> 3 & 31
  }

  /// What a group says of the slot that a key is in.
  static func tag(of key: String, hashSeed: UInt64) -> UInt64 { hash(key, hashSeed) >> 56 | 1 }

  private static func hash(_ key: String, _ seed: UInt64) -> UInt64 {
    key.withBytes { KeyHash(seed: seed)($0) }
  }

  /// Lets a process die in the middle of a put, before the first step at which its time has come.
  ///
  /// No other thread may be running.
  ///
  /// - Returns: Whether it died.
  @discardableResult
  func leaveDead(
    putting key: String, _ value: NumberedValue, _ hasTimeCome: @escaping () -> Bool
  ) -> Bool {
    let child = Child {
      do {
        // It attaches before.
        _ = try database.withValue(key) { _, _ in }
        try Steps.call {
          if hasTimeCome() { kill(getpid(), SIGKILL) }
        } during: {
          try database.put(key, value.bytes)
        }
        return 0
      } catch {
        return 1
      }
    }
    return child.wait() == .killed(SIGKILL)
  }

  /// Lets a process die in a put, as soon as others see its value.
  func putAndDie(_ key: String, _ value: NumberedValue) throws {
    let isDead = leaveDead(putting: key, value) {
      (try? self.database.get(key)) == value.bytes
    }
    try require(isDead, "a process that was to die in a put has not")
  }

  /// What somebody has of a store.
  struct Holdings: Equatable, CustomStringConvertible {
    /// Blocks that entries take, or nobody.
    let blocks: Int
    let lanes: Int
    /// Rows of participants.
    let rows: Int

    var description: String { "\(blocks) blocks, \(lanes) lanes, \(rows) rows" }
  }

  /// What is held at this moment, but for blocks that were retired and wait to be used again.
  func holdings() throws -> Holdings {
    let statistics = try database.statistics()
    let layout = segment.layout
    return Holdings(
      blocks: statistics.usedBlocks - statistics.retiredBlocks,
      lanes: (0..<layout.laneCount).count { lane in
        segment.region.word(at: layout.lanesOffset + lane * shm_lane_size).loadRelaxed() != 0
      },
      rows: (0..<layout.participantCount).count { row in
        segment.region.word(at: layout.participantsOffset + row * shm_participant_size)
          .loadRelaxed() & 0xff != 0
      })
  }

  /// Puts and deletes keys that nobody had before, until the index begins to move to another table.
  func fillIndex() throws {
    var number = 0
    while indexPhase == .stable {
      try database.put("gone \(number)", "")
      try database.delete("gone \(number)")
      number += 1
    }
  }

  /// Brings the index to where nothing has moved yet, and all is ready for it.
  ///
  /// - Parameters:
  ///   - key: What is put over meanwhile, and stands in the end.
  ///   - value: Its value.
  func beginMove(with key: String, _ value: NumberedValue) throws {
    try fillIndex()
    while indexPhase == .preparing { try database.put(key, value.bytes) }
    try require(indexPhase == .moving, "the index does not move")
  }

  /// Brings the index to its next table, which it may be on its way to.
  func moveIndex() throws {
    try fillIndex()
    try database.sweep()
  }

  private var indexPhase: IndexState.Phase? {
    IndexState(rawValue: IndexTable(segment).state.loadRelaxed()).phase
  }

  /// Whether who puts has to tell somebody.
  var isWatched: Bool { ChangeTable(segment).isWatched }

  /// Everything is accounted for: nothing contradicts itself, nobody dead is left, and no more is held
  /// than `expected`.
  func check(holding expected: Holdings) throws {
    try require(try database.sweep() == 0, "a sweep was not complete")
    try check("at the end")
    let holdings = try holdings()
    try require(holdings == expected, "held are \(holdings), not \(expected)")
  }

  /// Nothing contradicts itself.
  func check(_ moment: String) throws {
    let problems = database.check()
    try require(problems.isEmpty, "\(moment): " + problems.joined(separator: "; "))
  }
}
