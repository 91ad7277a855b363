/// An operation on one key of a store, with its answer. Values are numbers that are put only once.
public enum StoreOperation: Hashable, Sendable {
  case put(Int)
  case get(Int?)
  /// Whether there was an entry; `nil` without an answer.
  case delete(Bool?)
  /// Whether it was stored; `nil` without an answer.
  case putIfAbsent(Int, Bool?)
  /// Whether it was stored over the value; `nil` without an answer.
  case compareAndSet(from: Int, Int, Bool?)
}

/// The entry of one key.
public struct StoreModel: SequentialModel {
  private var value: Int?

  /// The key is absent.
  public init() {}

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StoreOperation) -> Bool {
    switch operation {
    case .put(let new):
      value = new
      return true
    case .get(let answer): return answer == value
    case .delete(let answer):
      let existed = value != nil
      value = nil
      return answer == nil || answer == existed
    case .putIfAbsent(let new, let answer):
      let isStored = value == nil
      if isStored { value = new }
      return answer == nil || answer == isStored
    case .compareAndSet(let old, let new, let answer):
      let isStored = value == old
      if isStored { value = new }
      return answer == nil || answer == isStored
    }
  }
}

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

  /// The keys whose operations cannot have taken effect one after the other.
  public var contradictions: [String] {
    operations.filter { !isLinearizable($0.value, StoreModel()) }.keys.sorted()
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
