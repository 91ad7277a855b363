/// A queue of bounded capacity, first in, first out; or a stack.
public struct LineModel: SequentialModel {
  private var values: [Int] = []
  private let capacity: Int
  private let isStack: Bool
  private let isAcknowledged: Bool
  /// What those have claimed who died before they answered.
  private var claimed: Set<Int> = []

  /// An empty one.
  public init(capacity: Int = .max, isStack: Bool = false, isAcknowledged: Bool = false) {
    self.capacity = capacity
    self.isStack = isStack
    self.isAcknowledged = isAcknowledged
  }

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StructureOperation) -> Bool {
    switch operation.verb {
    case .push:
      let hasRoom = values.count < capacity
      if hasRoom { values.append(operation.value) }
      return operation.answer.allows(hasRoom ? .done : .none)
    case .pop:
      if case .value(let value) = operation.answer, claimed.remove(value) != nil { return true }
      let value = values.isEmpty ? nil : isStack ? values.removeLast() : values.removeFirst()
      if isAcknowledged, operation.answer == .unknown, let value { claimed.insert(value) }
      return operation.answer.allows(.init(value))
    default: preconditionFailure("a line does not \(operation.verb)")
    }
  }
}

/// A map from keys to values, in the order of its keys.
public struct MapModel: SequentialModel {
  private var values: [Int: Int]

  /// One that holds `values`.
  public init(_ values: [Int: Int] = [:]) { self.values = values }

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StructureOperation) -> Bool {
    var key = operation.key
    if operation.verb == .popFirst || operation.verb == .first {
      guard let first = values.keys.min() else { return operation.answer.allows(.none) }
      key = first
    }
    let old = values[key]
    switch operation.verb {
    case .put:
      values[key] = operation.value
      // It is done whatever was there.
      return operation.answer == .done || operation.answer.allows(.init(old))
    case .insert: if old == nil { values[key] = operation.value }
    case .replace: if old != nil { values[key] = operation.value }
    case .remove, .popFirst: values[key] = nil
    case .get, .first: break
    case .push, .pop: preconditionFailure("a map does not \(operation.verb)")
    }
    return operation.answer.allows(.init(old))
  }
}
