/// A queue of bounded capacity, first in, first out; or a stack, which may be read and replaced as a
/// whole.
public struct LineModel: SequentialModel {
  private var values: [Int] = []
  private let capacity: Int
  private let refusalFrom: Int
  private let isStack: Bool
  private let isAcknowledged: Bool
  /// What those have claimed who died before they answered.
  private var claimed: Set<Int> = []

  /// An empty one, which refuses what goes beyond its capacity, and may refuse from fewer on.
  public init(
    capacity: Int = .max, refusalFrom: Int? = nil, isStack: Bool = false,
    isAcknowledged: Bool = false
  ) {
    self.capacity = capacity
    self.refusalFrom = refusalFrom ?? capacity
    self.isStack = isStack
    self.isAcknowledged = isAcknowledged
  }

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StructureOperation) -> Bool {
    switch operation.verb {
    case .push:
      if operation.answer == .none { return values.count >= refusalFrom }
      let hasRoom = values.count < capacity
      if hasRoom { values.append(operation.value) }
      return operation.answer.allows(hasRoom ? .done : .none)
    case .pop:
      if case .value(let value) = operation.answer, claimed.remove(value) != nil { return true }
      let value = values.isEmpty ? nil : isStack ? values.removeLast() : values.removeFirst()
      if isAcknowledged, operation.answer == .unknown, let value { claimed.insert(value) }
      return operation.answer.allows(.init(value))
    case .get: return operation.answer == .values(values)
    case .put:
      values = [operation.value]
      return operation.answer.allows(.done)
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
    guard let key = key(of: operation) else { return operation.answer.allows(.none) }
    let old = values[key]
    switch operation.verb {
    case .put:
      values[key] = operation.value
      // It is done whatever was there.
      return operation.answer == .done || operation.answer.allows(.init(old))
    case .insert: if old == nil { values[key] = operation.value }
    case .replace: if old != nil { values[key] = operation.value }
    case .remove, .popFirst: values[key] = nil
    case .get, .first, .last, .floor, .ceiling: break
    case .push, .pop, .subscribe: preconditionFailure("a map does not \(operation.verb)")
    }
    return operation.answer.allows(.init(old))
  }

  /// The key that an operation is about; `nil` when there is none such.
  private func key(of operation: StructureOperation) -> Int? {
    switch operation.verb {
    case .popFirst, .first: values.keys.min()
    case .last: values.keys.max()
    case .floor: values.keys.filter { $0 <= operation.key }.max()
    case .ceiling: values.keys.filter { $0 >= operation.key }.min()
    default: operation.key
    }
  }
}

/// Names of which each is given a number once, which is no other's.
public struct NamesModel: SequentialModel {
  /// Nobody has told the number of one that was inserted by somebody who died.
  private var numbers: [Int: Int?] = [:]

  /// One without names.
  public init() {}

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StructureOperation) -> Bool {
    let known = numbers[operation.key]
    switch (operation.verb, operation.answer) {
    case (.insert, .unknown):
      if known == nil { numbers[operation.key] = .some(nil) }
      return true
    case (.get, .none): return known == nil
    case (.insert, .value(let number)), (.get, .value(let number)):
      if case .some(.some(let known)) = known { return known == number }
      // Who looks inserts nothing.
      guard known != nil || operation.verb == .insert, !numbers.values.contains(number) else {
        return false
      }
      numbers[operation.key] = number
      return true
    default: return false
    }
  }
}
