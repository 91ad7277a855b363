import SimDB

/// A structure that users die with, and what others must then find.
///
/// What stands in it is told by numbers: those of its elements, in order, or keys and values.
struct StructureOnTrial {
  /// Something that a victim does.
  struct Operation {
    let name: String
    let run: () throws -> Void
    /// What may stand when it came to its end.
    let after: [[Int]]
    /// What else may stand when its user died in the middle, beside what stood before.
    var interrupted: [[Int]] = []
    /// Whether it is also stopped at one step, woken up, and killed at another.
    var diesLater = false
  }

  /// What stands in it at the beginning.
  let standing: [Int]
  let operations: [Operation]
  /// What others do beside a user that is stopped, which must come to an end.
  let useBeside: () throws -> Void
  /// What stands in it. Nothing is left afterwards, and nothing of the dead.
  let drain: () throws -> [Int]
  /// What drains a structure whose user was stopped, and others have used meanwhile, may come to.
  var isPossible: ([Int]) -> Bool = { Set($0).count == $0.count }

  /// A kind of structure.
  struct Kind: Sendable {
    let name: String
    /// Makes one, new, under the name it is given.
    let make: @Sendable (Database, String) throws -> StructureOnTrial

    static let all: [Kind] =
      byteQueues + byteTopics + queues + acknowledgedQueues + channels + topics + tables + strings
      + states
      + sortedMaps + orderedQueues + priorityQueues + stacks + lists + hashMaps + heaps
  }
}
