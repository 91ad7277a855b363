/// What an operation may answer and does when operations come one after the other.
public protocol SequentialModel: Hashable {
  associatedtype Operation

  /// Performs `operation`; `false` when it cannot have answered in this state what was recorded. An
  /// operation without an answer may have taken effect, or not.
  ///
  /// One that was answered and changes nothing in some state must make nothing possible by coming in
  /// another state.
  mutating func perform(_ operation: Operation) -> Bool
}

/// An operation of a recorded history.
public struct Recorded<Operation> {
  /// What was asked, and what was answered.
  public let operation: Operation
  /// When it was asked, on a clock that all share.
  public let invoked: UInt64
  /// When it was answered; `nil` for one whose caller died.
  public let returned: UInt64?

  /// Makes a recorded operation.
  public init(_ operation: Operation, invoked: UInt64, returned: UInt64?) {
    self.operation = operation
    self.invoked = invoked
    self.returned = returned
  }
}

/// Whether each operation of `history` can have taken effect at one instant between its question and
/// its answer, so that together they behave as `model` does.
///
/// Tries orders depth first, and none twice that led to the same state. An operation that was answered
/// and changes nothing comes as soon as it can, and is not tried later: that would make nothing possible.
///
/// Ends the program where it has tried so many orders that no end is in sight: such a history has too much
/// of which the order is unknown for long, as a queue has that nobody empties meanwhile.
///
/// - Complexity: O(operations) for most histories; exponential in how many run at once.
/// - SeeAlso: Wing, Gong (1993), doi:10.1006/jpdc.1993.1015; Lowe (2017), doi:10.1002/cpe.3928.
public func isLinearizable<Model: SequentialModel>(
  _ history: [Recorded<Model.Operation>], _ model: Model
) -> Bool {
  var search = LinearizationSearch(history, model)
  return search.run()
}

/// Invariants: `next` and `previous` link the events whose operation has no place in the order yet,
/// in the order of time, behind event 0; `places` holds the order so far.
private struct LinearizationSearch<Model: SequentialModel> {
  private struct Event {
    let operation: Int
    let isAnswer: Bool
  }

  private struct Place {
    let question: Int
    let stateBefore: Model
    /// Whether nothing is gained by another place.
    let isFinal: Bool
  }

  private struct Visited: Hashable {
    let placed: [UInt64]
    let state: Model
  }

  /// States that may be tried, which take no more than a gigabyte.
  private static var limit: Int { 1 << 21 }

  private let history: [Recorded<Model.Operation>]
  private var events: [Event?] = [nil]
  private var answers: [Int?]
  private var next: [Int]
  private var previous: [Int]
  private var places: [Place] = []
  private var placed: [UInt64]
  private var visited: Set<Visited> = []
  private var state: Model
  private var answersLeft: Int

  init(_ history: [Recorded<Model.Operation>], _ model: Model) {
    self.history = history
    state = model
    answers = Array(repeating: nil, count: history.count)
    placed = Array(repeating: 0, count: history.count / 64 + 1)
    // What was asked at the instant of an answer ran beside it.
    var timeline: [(time: UInt64, event: Event)] = []
    for (index, item) in history.enumerated() {
      timeline.append((item.invoked, Event(operation: index, isAnswer: false)))
      if let returned = item.returned {
        timeline.append((returned, Event(operation: index, isAnswer: true)))
      }
    }
    timeline.sort { ($0.time, $0.event.isAnswer ? 1 : 0) < ($1.time, $1.event.isAnswer ? 1 : 0) }
    for item in timeline {
      if item.event.isAnswer { answers[item.event.operation] = events.count }
      events.append(item.event)
    }
    let last = timeline.count
    next = (0...last).map { $0 == last ? 0 : $0 + 1 }
    previous = (0...last).map { $0 == 0 ? last : $0 - 1 }
    answersLeft = answers.count { $0 != nil }
  }

  mutating func run() -> Bool {
    var position = next[0]
    while answersLeft > 0 {
      guard let event = events[position] else { return false }
      if event.isAnswer {
        // Nothing that was asked before this answer can come next: the last choice was wrong.
        var last: Place
        repeat {
          guard let place = places.popLast() else { return false }
          takeBack(place)
          last = place
        } while last.isFinal
        position = next[last.question]
      } else if place(position, event.operation) {
        position = next[0]
      } else {
        position = next[position]
      }
    }
    return true
  }

  /// Lets an operation come next in the order, unless that is impossible or was tried.
  private mutating func place(_ question: Int, _ operation: Int) -> Bool {
    var after = state
    guard after.perform(history[operation].operation) else { return false }
    placed[operation / 64] |= 1 << UInt64(operation % 64)
    precondition(visited.count < Self.limit, "this history has too many orders")
    guard visited.insert(Visited(placed: placed, state: after)).inserted else {
      placed[operation / 64] &= ~(1 << UInt64(operation % 64))
      return false
    }
    let isFinal = after == state && answers[operation] != nil
    places.append(Place(question: question, stateBefore: state, isFinal: isFinal))
    state = after
    unlink(question)
    if let answer = answers[operation] {
      unlink(answer)
      answersLeft -= 1
    }
    return true
  }

  private mutating func takeBack(_ place: Place) {
    guard let operation = events[place.question]?.operation else { return }
    state = place.stateBefore
    placed[operation / 64] &= ~(1 << UInt64(operation % 64))
    if let answer = answers[operation] {
      relink(answer)
      answersLeft += 1
    }
    relink(place.question)
  }

  private mutating func unlink(_ event: Int) {
    next[previous[event]] = next[event]
    previous[next[event]] = previous[event]
  }

  private mutating func relink(_ event: Int) {
    next[previous[event]] = event
    previous[next[event]] = event
  }
}

extension Recorded: Sendable where Operation: Sendable {}
