import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Two users of a structure at once, with an operation or two each.
///
/// What they are answered, and what stands in the end, must be what comes of the same operations one
/// after the other, in an order in which none comes before one that had ended when it began. The structure
/// itself tells what that is: other tests see to it that it does what it should for one user.
struct StructureScene: Encounter {
  /// Something that a user does: tells what it was answered, or `nil` for nothing.
  typealias Call = @Sendable () throws -> Int?

  /// A structure that two use.
  struct Structure {
    /// What each of the users does.
    let users: [[Call]]
    /// Takes out what stands, and tells that and what was counted.
    let drain: () throws -> [Int]
    /// What the only call of a user is made of, where it does not take effect at one instant.
    var parts: [Int: [Part]] = [:]
  }

  /// A part of a call, which takes effect at one instant: told what the call answered, and whether it may
  /// have found another in the middle of something, it does its part and tells whether that can be.
  typealias Part = @Sendable (_ answer: Int?, _ isBeside: Bool) throws -> Bool

  let name: String
  /// What may be answered while another is in the middle of something.
  private let exception: Exception
  private let isReversed: Bool
  let density: SampleDensity
  private let blockCount: Int
  private let make: @Sendable (Database, String) throws -> Structure

  /// How a structure departs from operations that take effect at one instant.
  enum Exception {
    case none
    /// Who comes to a cell that another has in the middle of an operation is answered that there is
    /// nothing, or no room, and has done nothing.
    case nothingBeside
    /// Of these two, which are inserted at the same time, either may stand first.
    case eitherFirst(Int, Int)
  }

  private static let structure = "structure"

  /// A scene in both its forms: whoever of the two begins.
  ///
  /// - Parameters:
  ///   - onlyFirstBegins: Whether there is no second form: users are alike, or it shows nothing more.
  ///   - density: How many of a sample of its pairs of steps are enough.
  ///   - blockCount: Blocks of the store: who looks at all keys makes a step for each.
  static func scenes(
    _ name: String, _ exception: Exception = .none, onlyFirstBegins: Bool = false,
    density: SampleDensity = .usual, blockCount: Int = 512,
    _ make: @escaping @Sendable (Database, String) throws -> Structure
  ) -> [StructureScene] {
    (onlyFirstBegins ? [false] : [false, true]).map {
      StructureScene(
        name: $0 ? "\(name), the second begins" : name, exception: exception, isReversed: $0,
        density: density, blockCount: blockCount, make: make)
    }
  }

  /// An operation that a user performed.
  private struct Performed: Sendable {
    let user: Int
    let number: Int
    let answer: Int?
    let invoked: UInt64
    let returned: UInt64
    /// Which part of it, where its parts take effect one after the other.
    var part: Int?

    func runs(beside other: Performed) -> Bool {
      user != other.user && invoked < other.returned && other.invoked < returned
    }
  }

  func meet(_ order: TurnOrder, path: String) throws -> [UInt64] {
    let geometry = Geometry(blockSize: 256, blockCount: blockCount, participantCount: 6)
    let base = try TrialStore(geometry, path: path, hashSeed: 1)
    defer { try? base.database.drop() }
    let structure = try make(base.database, Self.structure)
    let users = isReversed ? structure.users.reversed() : structure.users
    let scheduler = Scheduler(threads: users.count, order: order)
    let performed = try scheduler.run(
      on: base,
      users.enumerated().map { user, calls in
        { step in
          try calls.enumerated().map { number, call in
            // None begins when another ends.
            step()
            let invoked = scheduler.now
            var answer: Int?
            try Steps.call(step) { answer = try call() }
            return Performed(
              user: user, number: number, answer: answer, invoked: invoked,
              returned: scheduler.now)
          }
        }
      })
    let rest = try structure.drain()
    try removeAll(from: base)
    let parts = performed.map { calls in
      calls.flatMap { call in
        self.parts(of: structure, call).map { part in
          var call = call
          call.part = part
          return call
        }
      }
    }
    try require(
      orders(of: parts).contains { try explains($0, performed, rest, on: base) },
      "answered was \(performed.map { $0.map(\.answer) }), and there is \(rest) in the end")
    return scheduler.ends
  }

  /// Which of the structure's users was called so.
  private func user(_ operation: Performed, of structure: Structure) -> Int {
    isReversed ? structure.users.count - 1 - operation.user : operation.user
  }

  private func parts(of structure: Structure, _ operation: Performed) -> [Int?] {
    structure.parts[user(operation, of: structure)].map { Array($0.indices) } ?? [nil]
  }

  /// No block of the structure stays behind.
  private func removeAll(from base: TrialStore) throws {
    try base.database.deleteStructure(Self.structure)
    // The first one clears away who died when the structure was made.
    try base.database.sweep()
    try require(try base.database.sweep() == 0, "a sweep was not complete")
    try base.check("at the end")
    let blocks = try base.holdings().blocks
    try require(blocks == 0, "\(blocks) blocks stay behind")
  }

  /// The orders in which the operations may have taken effect.
  private func orders(of left: [[Performed]]) -> [[Performed]] {
    if left.allSatisfy(\.isEmpty) { return [[]] }
    return left.indices.flatMap { user -> [[Performed]] in
      guard let next = left[user].first,
        left.allSatisfy({ $0.first.map { $0.returned >= next.invoked } ?? true })
      else { return [] }
      var rest = left
      rest[user].removeFirst()
      return orders(of: rest).map { [next] + $0 }
    }
  }

  /// Whether the operations, in this order, answer and leave the same.
  private func explains(
    _ order: [Performed], _ performed: [[Performed]], _ rest: [Int], on base: TrialStore
  ) throws -> Bool {
    try base.database.deleteStructure(Self.structure)
    let structure = try make(base.database, Self.structure)
    for operation in order {
      let user = user(operation, of: structure)
      let isBeside = isNothingBeside(operation, performed)
      let isPossible =
        if let part = operation.part {
          try structure.parts[user]![part](operation.answer, isBeside)
        } else {
          try isBeside || structure.users[user][operation.number]() == operation.answer
        }
      guard isPossible else { return false }
    }
    return isSame(try structure.drain(), rest)
  }

  /// Whether an operation may have found another in the middle of something, and done nothing.
  private func isNothingBeside(_ operation: Performed, _ performed: [[Performed]]) -> Bool {
    guard case .nothingBeside = exception, operation.answer == nil else { return false }
    return performed.joined().contains { $0.runs(beside: operation) }
  }

  /// Whether what stands in the end may be the other.
  private func isSame(_ found: [Int], _ rest: [Int]) -> Bool {
    guard case .eitherFirst(let one, let other) = exception, found != rest else {
      return found == rest
    }
    return found.map { $0 == one ? other : $0 == other ? one : $0 } == rest
  }
}
