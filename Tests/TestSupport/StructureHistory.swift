/// A history of one shared structure.
public struct StructureHistory: Sendable {
  /// What its operations together must behave as.
  public enum Promise: Sendable {
    /// A line whose operations take effect at one instant.
    case line(capacity: Int, isStack: Bool)
    /// A queue of cells: who comes to one that another is in the middle of may be answered that there
    /// is nothing, or no room, and has done nothing then; `refusalFrom` or more of them may be too many
    /// already. Where it is acknowledged, what somebody died with comes again, after others that were
    /// pushed later.
    case cells(capacity: Int, refusalFrom: Int? = nil, isAcknowledged: Bool = false)
    /// Queues, one for each priority. A pop that tells nothing, or a value of a greater priority, has
    /// found each smaller one empty at some instant; not all of them at the same.
    case levels(Int)
    /// A map that begins with these values. The value of the smallest key is that at one instant, and
    /// taken at a later one.
    case map([Int: Int])
    /// Names of which each is given a number once, which is no other's.
    case names
    /// Subscribers that are told what is published: see ``PublicationCheck``.
    case publications(inOneOrder: Bool, mayMiss: Bool)
  }

  private typealias Item = Recorded<StructureOperation>

  private var items: [Recorded<StructureOperation>] = []

  /// Makes a history without operations.
  public init() {}

  /// How many operations there are.
  public var count: Int { items.count }

  /// How many operations had no answer.
  public var unansweredCount: Int { items.count { $0.returned == nil } }

  /// Adds an operation.
  public mutating func add(
    _ operation: StructureOperation, invoked: UInt64, returned: UInt64?
  ) {
    items.append(Recorded(operation, invoked: invoked, returned: returned))
  }

  /// Adds the operations of another history.
  public mutating func add(_ other: StructureHistory) { items += other.items }

  /// Whether the operations may have taken effect as was promised.
  public func keeps(_ promise: Promise) -> Bool {
    switch promise {
    case .line(let capacity, let isStack):
      return isLinearizable(items, LineModel(capacity: capacity, isStack: isStack))
    case .cells(let capacity, let refusalFrom, let isAcknowledged):
      let model = LineModel(
        capacity: capacity, refusalFrom: refusalFrom, isAcknowledged: isAcknowledged)
      return isLinearizable(answersOfTheirOwn, model)
    case .levels(let count):
      return (0..<count).allSatisfy { isLinearizable(items(of: $0), LineModel()) }
    case .map(let values): return isLinearizable(foundAndTaken, MapModel(values))
    case .names: return isLinearizable(items, NamesModel())
    case .publications(let inOneOrder, let mayMiss):
      return PublicationCheck(items, mayMiss: mayMiss).isKept(inOneOrder: inOneOrder)
    }
  }

  /// All operations but those that were told nothing while another was in the middle of one.
  private var answersOfTheirOwn: [Item] {
    items.indices.filter { index in
      let item = items[index]
      guard item.operation.answer == .none, let returned = item.returned else { return true }
      return !items.indices.contains { other in
        other != index && items[other].invoked <= returned
          && items[other].returned ?? .max >= item.invoked
      }
    }.map { items[$0] }
  }

  /// The operations, where one that took the smallest found it first, and removed it afterwards.
  private var foundAndTaken: [Item] {
    items.flatMap { item -> [Item] in
      guard item.operation.verb == .popFirst, case .value(let value) = item.operation.answer else {
        return [item]
      }
      return [
        StructureOperation(.first, item.operation.answer),
        StructureOperation(.remove, key: Self.priority(of: value), item.operation.answer),
      ].map { Item($0, invoked: item.invoked, returned: item.returned) }
    }
  }

  /// What was done to one priority: the priority of a value is ``priority(of:)``.
  private func items(of priority: Int) -> [Item] {
    items.compactMap { item -> Item? in
      let operation = item.operation
      switch (operation.verb, operation.answer) {
      case (.pop, .value(let value)):
        let found = Self.priority(of: value)
        if found < priority { return nil }
        if found == priority { return item }
        return Item(
          StructureOperation(.pop, .none), invoked: item.invoked, returned: item.returned)
      case (.pop, _): return item
      default: return operation.key == priority ? item : nil
      }
    }
  }

  /// Values tell their priority or key.
  public static func priority(of value: Int) -> Int { value % 8 }
}

/// A test that fails does not print them all.
extension StructureHistory: CustomStringConvertible {
  /// How many operations there are.
  public var description: String { "a history of \(count) operations" }
}

/// What is noted, a line each, with the time at its end:
///
///     ? VERB KEY VALUE TIME    a question, noted before it is asked
///     = ANSWER TIME            the answer
///
/// So the notes of one who was killed are complete but for the last answer.
extension StructureHistory {
  /// The operations that one recorder noted. A line that was cut off says nothing.
  public init(notes: String) {
    self.init()
    var question: (verb: StructureOperation.Verb, key: Int, value: Int, time: UInt64)?
    for line in notes.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let words = line.split(separator: " ")
      guard let time = words.last.flatMap({ UInt64($0) }) else {
        preconditionFailure("'\(line)' is no note")
      }
      if words[0] == "?" {
        guard words.count == 5, let verb = StructureOperation.Verb(rawValue: String(words[1])),
          let key = Int(words[2]), let value = Int(words[3])
        else { preconditionFailure("'\(line)' is no question") }
        question = (verb, key, value, time)
      } else if let asked = question {
        let answer = StructureOperation.Answer(note: words[1])
        add(
          StructureOperation(asked.verb, key: asked.key, value: asked.value, answer),
          invoked: asked.time, returned: time)
        question = nil
      }
    }
    if let asked = question {
      let operation = StructureOperation(asked.verb, key: asked.key, value: asked.value, .unknown)
      // A look without an answer says nothing.
      if !asked.verb.isLook {
        add(operation, invoked: asked.time, returned: nil)
      }
    }
  }
}

extension StructureOperation.Answer {
  /// The word that notes it.
  var note: String {
    switch self {
    case .unknown: preconditionFailure("it was not answered")
    case .done: "done"
    case .none: "none"
    case .value(let value): "\(value)"
    case .values(let values): "[" + values.map(String.init).joined(separator: ",") + "]"
    }
  }

  /// What a word notes.
  init(note: Substring) {
    switch note {
    case "done": self = .done
    case "none": self = .none
    case _ where note.first == "[" && note.last == "]":
      self = .values(note.dropFirst().dropLast().split(separator: ",").map { Int($0) ?? -1 })
    default:
      guard let value = Int(note) else { preconditionFailure("'\(note)' is no answer") }
      self = .value(value)
    }
  }
}
