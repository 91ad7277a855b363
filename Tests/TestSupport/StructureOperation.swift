/// An operation on a shared structure, with its answer. Values are numbers that are put only once.
public struct StructureOperation: Hashable, Sendable {
  /// What was asked.
  public enum Verb: String, Sendable {
    /// Appends a value, or puts it on top, under a priority where there are some.
    case push
    /// Takes a value: the oldest, or the newest, or one of the smallest priority.
    case pop
    /// Sets the value of a key, and tells the one before where that is told.
    case put
    /// Sets the value of a key that has none, and tells the one that is there.
    case insert
    /// Sets the value of a key that has one, and tells that.
    case replace
    /// Removes the value of a key, and tells it.
    case remove
    /// Tells the value of a key, or all values.
    case get
    /// Takes the value of the smallest key, and tells it.
    case popFirst
    /// Tells the value of the smallest key.
    case first
    /// Tells the value of the greatest key.
    case last
    /// Tells the value of the greatest key up to one.
    case floor
    /// Tells the value of the smallest key from one on.
    case ceiling
    /// Begins to be told what is pushed from now on.
    case subscribe

    /// Whether it changes nothing, whatever is there.
    var isLook: Bool { [.get, .first, .last, .floor, .ceiling].contains(self) }
  }

  /// What was answered.
  public enum Answer: Hashable, Sendable {
    /// Whoever asked died.
    case unknown
    /// It was done.
    case done
    /// Nothing is there; or there is no room, and nothing was done.
    case none
    /// This value.
    case value(Int)
    /// These values; or position, how many were missed so far, and value of a publication.
    case values([Int])
  }

  /// What was asked.
  public let verb: Verb
  /// Which priority or key.
  public let key: Int
  /// What was pushed or put.
  public let value: Int
  /// What was answered.
  public let answer: Answer

  /// Makes an operation.
  public init(_ verb: Verb, key: Int = 0, value: Int = 0, _ answer: Answer) {
    self.verb = verb
    self.key = key
    self.value = value
    self.answer = answer
  }
}

extension StructureOperation.Answer {
  /// What a structure told of a value.
  public init(_ value: Int?) { self = value.map { .value($0) } ?? .none }

  /// Whether it may be what was answered.
  func allows(_ other: Self) -> Bool {
    self == .unknown || self == other || self == .done && other != .none
  }
}
