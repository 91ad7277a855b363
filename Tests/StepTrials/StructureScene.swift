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
  }

  let name: String
  /// What may be answered while another is in the middle of something.
  private let exception: Exception
  private let isReversed: Bool
  private let make: @Sendable (Database, String) throws -> Structure

  /// How a structure departs from operations that take effect at one instant.
  enum Exception {
    case none
    /// Who comes to a cell that another has in the middle of an operation is answered that there is
    /// nothing, or no room, and has done nothing.
    case nothingBeside
  }

  private static let structure = "structure"
  private static let geometry = Geometry(blockSize: 256, blockCount: 512, participantCount: 4)

  /// A scene in both its forms: whoever of the two begins.
  static func scenes(
    _ name: String, _ exception: Exception = .none,
    _ make: @escaping @Sendable (Database, String) throws -> Structure
  ) -> [StructureScene] {
    [false, true].map {
      StructureScene(
        name: $0 ? "\(name), the second begins" : name, exception: exception, isReversed: $0,
        make: make)
    }
  }

  /// An operation that a user performed.
  private struct Performed: Sendable {
    let user: Int
    let number: Int
    let answer: Int?
    let invoked: UInt64
    let returned: UInt64

    func runs(beside other: Performed) -> Bool {
      user != other.user && invoked < other.returned && other.invoked < returned
    }
  }

  func meet(_ order: TurnOrder, path: String) throws -> [UInt64] {
    let base = try TrialStore(Self.geometry, path: path, hashSeed: 1)
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
    try require(
      orders(of: performed).contains { try explains($0, performed, rest, on: base) },
      "answered was \(performed.map { $0.map(\.answer) }), and there is \(rest) in the end")
    return scheduler.ends
  }

  /// No block of the structure stays behind.
  private func removeAll(from base: TrialStore) throws {
    try base.database.deleteStructure(Self.structure)
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
    let users = isReversed ? structure.users.reversed() : structure.users
    for operation in order {
      if exception == .nothingBeside, operation.answer == nil,
        performed.joined().contains(where: { $0.runs(beside: operation) })
      {
        continue
      }
      guard try users[operation.user][operation.number]() == operation.answer else { return false }
    }
    return try structure.drain() == rest
  }
}
