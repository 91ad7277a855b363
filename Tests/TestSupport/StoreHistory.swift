import SharedMemory
import SimDB

/// A history of a store, kept by key: the store is linearizable if each key is.
public struct StoreHistory: Sendable {
  private var operations: [String: [Recorded<StoreOperation>]] = [:]

  /// Makes a history without operations.
  public init() {}

  /// How many operations there are.
  public var count: Int { operations.values.reduce(0) { $0 + $1.count } }

  /// Adds an operation.
  public mutating func add(
    _ key: String, _ operation: StoreOperation, invoked: UInt64, returned: UInt64?
  ) {
    operations[key, default: []].append(
      Recorded(operation, invoked: invoked, returned: returned))
  }

  /// Adds the operations of another history.
  public mutating func add(_ other: StoreHistory) {
    operations.merge(other.operations) { $0 + $1 }
  }

  /// Looks at each key that there was an operation on, as somebody does who comes last.
  public mutating func addLooks(at database: Database) throws(StoreError) {
    for key in operations.keys {
      let invoked = SystemClock.monotonicNanoseconds
      let seen = try database.entry(key).map { Sighting($0) }
      add(key, .look(seen), invoked: invoked, returned: SystemClock.monotonicNanoseconds)
    }
  }

  /// The keys whose operations cannot have taken effect one after the other, and those of whose values
  /// two had the same generation.
  public var contradictions: [String] {
    let disorder = operations.filter { !isLinearizable($0.value, StoreModel()) }.keys
    return Set(disorder).union(keysOfRepeatedGenerations).sorted()
  }

  /// A generation names one value, whatever the key.
  private var keysOfRepeatedGenerations: Set<String> {
    var numbers: [UInt64: Int] = [:]
    var keys: Set<String> = []
    for (key, operations) in operations {
      for case let known? in operations.map(\.operation.incarnation)
      where numbers.updateValue(known.number, forKey: known.generation) ?? known.number
        != known.number
      {
        keys.insert(key)
      }
    }
    return keys
  }
}

extension StoreHistory: CustomStringConvertible {
  /// A line for each operation: its key, when it was asked and answered, and what.
  public var description: String {
    operations.sorted { $0.key < $1.key }.flatMap { key, operations in
      operations.sorted { $0.invoked < $1.invoked }.map { item in
        "\(key): \(item.invoked) to \(item.returned.map { "\($0)" } ?? "-"): \(item.operation)"
      }
    }.joined(separator: "\n")
  }
}
