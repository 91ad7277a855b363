import SharedMemory
import SharedStructures
import SimDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension StructureOnTrial.Kind {
  /// Channels, in which the ring begins anew behind so many elements that were there before.
  static let channels: [Self] = [
    channel("channel", .wait, .atMostOnce, before: 4),
    channel("channel with acknowledgement", .reject, .acknowledged, before: 6),
    channel("channel that drops the newest", .dropNewest, .atMostOnce, before: 0),
    channel("channel whose ends the dead has", .wait, .atMostOnce, before: 3, isOrphan: true),
    channel(
      "channel with acknowledgement whose ends the dead has", .reject, .acknowledged, before: 3,
      isOrphan: true),
  ]

  private static func channel(
    _ name: String, _ overflow: Overflow, _ delivery: ChannelGeometry.Delivery, before: Int,
    isOrphan: Bool = false
  ) -> Self {
    Self(name: name) { store, key in
      let geometry = ChannelGeometry(capacity: 8, overflow: overflow, delivery: delivery)
      let channel = try ChannelOnTrial(store, key, geometry, before: before)
      if isOrphan { try channel.leaveDead() }
      return channel.trial
    }
  }
}

/// A channel with 1 to 3 in it, and what it gave out beside a victim.
///
/// Nobody but victims has an end of it for longer than an operation takes.
private final class ChannelOnTrial {
  private let store: Database
  private let key: String
  private let channel: Channel<NumberedElement>
  private var popped: Set<Int> = []
  /// What stands in it, as far as the operations have not changed it.
  private var standing = [1, 2, 3]
  /// Whether its ends are those of a dead process.
  private var isOrphan = false

  init(_ store: Database, _ key: String, _ geometry: ChannelGeometry, before: Int) throws {
    self.store = store
    self.key = key
    channel = try store.channel(key, of: NumberedElement.self, creating: geometry)
    var sender = try channel.sender()
    var receiver = try channel.receiver()
    for number in 0..<before {
      _ = try sender.push(NumberedElement(number))
      _ = try receiver.pop()
    }
    for number in 1...3 { _ = try sender.push(NumberedElement(number)) }
  }

  /// Lets a process die that has both ends, while it is lent the oldest element.
  func leaveDead() throws {
    let child = Child { [channel] in
      do {
        var sender = try channel.sender()
        var receiver = try channel.receiver()
        try receiver.pop { _ in _ = kill(getpid(), SIGKILL) }
        _ = try sender.push(NumberedElement(4))
      } catch {}
      return 1
    }
    try require(child.wait() == .killed(SIGKILL), "nobody died with the ends")
    isOrphan = true
    if channel.geometry.delivery == .atMostOnce { standing = lost([2, 3]) }
  }

  private func push(_ number: Int) throws {
    var sender = try channel.sender()
    _ = try sender.push(NumberedElement(number), timeoutNanoseconds: 0)
  }

  // MARK: What others do

  private func useBeside() throws {
    for number in 0..<8 {
      // An end that the victim has is not to be had.
      try whereUnused {
        var sender = try channel.sender()
        let first = QueuedNumbers.beside + 10 * number
        _ = try sender.push(NumberedElement(first), timeoutNanoseconds: 0)
        _ = try sender.push(
          contentsOf: [NumberedElement(first + 1), NumberedElement(first + 2)],
          timeoutNanoseconds: 0)
      }
      try whereUnused {
        var receiver = try channel.receiver()
        try note(receiver.pop())
        if number % 2 == 0 { for element in try receiver.take(maxCount: 2) { try note(element) } }
      }
    }
  }

  private func whereUnused(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StoreError where error.code == .inUse {}
  }

  private func note(_ element: NumberedElement?) throws {
    guard let number = try element?.number() else { return }
    try require(popped.insert(number).inserted, "\(number) comes twice")
  }

  /// Takes over what ends the dead have, and sends as many elements as the ring holds twice.
  private func drain() throws -> [Int] {
    let channel = try store.channel(key, of: NumberedElement.self)
    var receiver = try channel.receiver()
    var sender = try channel.sender()
    var numbers: [Int] = []
    while let element = try receiver.pop() {
      try note(element)
      numbers.append(try element.number())
    }
    try require(channel.count == 0, "it counts \(channel.count) elements when it is empty")
    for number in 0..<2 * channel.geometry.capacity {
      let result = try sender.push(NumberedElement(number), timeoutNanoseconds: 0)
      let found = try receiver.pop()?.number()
      try require(
        result == .pushed && found == number,
        "\(number) was \(result), \(found ?? -1) popped")
    }
    return QueuedNumbers.list(
      numbers, lost: Int(channel.lostCount), dropped: Int(channel.droppedCount),
      rejected: Int(channel.rejectedCount))
  }

  var trial: StructureOnTrial {
    StructureOnTrial(
      standing: standing, operations: isOrphan ? takingOver : sending + receiving,
      useBeside: useBeside, drain: drain,
      isPossible: { QueuedNumbers.isPossible($0, held: self.isOrphan ? 2 : 1) })
  }

  // MARK: What victims do

  private typealias Operation = StructureOnTrial.Operation

  private func lost(_ numbers: [Int]) -> [Int] { QueuedNumbers.list(numbers, lost: 1) }

  private struct Refusal: Error {}

  private var takingOver: [Operation] {
    [
      Operation(
        name: "take the receiver over", run: { _ = try self.channel.receiver() },
        after: [standing]),
      Operation(
        name: "take the sender over, and push", run: { try self.push(4) },
        after: [list(standing, with: 4)]),
      Operation(
        name: "take the receiver over, and pop lending",
        run: { try self.popLending() }, after: [Array(standing.dropFirst())],
        interrupted: channel.geometry.delivery == .atMostOnce
          ? [QueuedNumbers.list([3], lost: 2)] : []),
    ]
  }

  private func list(_ list: [Int], with number: Int) -> [Int] {
    list.filter { $0 > 0 } + [number] + list.filter { $0 <= 0 }
  }

  private var sending: [Operation] {
    let pushed = (1...8).map { Array(1...$0) }
    let full =
      switch channel.geometry.overflow {
      case .reject: QueuedNumbers.list(pushed[7], rejected: 1)
      case .dropNewest: QueuedNumbers.list(pushed[7], dropped: 1)
      case .wait, .dropOldest: pushed[7]
      }
    return [
      Operation(
        name: "claim the sender", run: { _ = try self.channel.sender() }, after: [[1, 2, 3]]),
      Operation(name: "push", run: { try self.push(4) }, after: [[1, 2, 3, 4]]),
      Operation(
        name: "push filling",
        run: {
          var sender = try self.channel.sender()
          _ = try sender.push(timeoutNanoseconds: 0) { $0[0] = NumberedElement(4) }
        }, after: [[1, 2, 3, 4]]),
      Operation(
        name: "push filling in vain",
        run: {
          var sender = try self.channel.sender()
          do {
            _ = try sender.push(timeoutNanoseconds: 0) { _ in throw Refusal() }
          } catch is Refusal {}
        }, after: [[1, 2, 3]]),
      // Each shows when its own word is written.
      Operation(
        name: "push a batch",
        run: {
          var sender = try self.channel.sender()
          try sender.push(
            contentsOf: (4...6).map { NumberedElement($0) }, timeoutNanoseconds: 0)
        }, after: [[1, 2, 3, 4, 5, 6]], interrupted: [[1, 2, 3, 4], [1, 2, 3, 4, 5]]),
      Operation(
        name: "push until it is full",
        run: {
          var sender = try self.channel.sender()
          var number = 4
          while try sender.push(NumberedElement(number), timeoutNanoseconds: 1_000) == .pushed {
            number += 1
          }
        }, after: [full], interrupted: Array(pushed[3...7])),
    ]
  }

  private func popLending() throws {
    var receiver = try channel.receiver()
    try receiver.pop { element in _ = try element[0].number() }
  }

  private var receiving: [Operation] {
    // What is lent is lost, or comes again.
    let lent = channel.geometry.delivery == .atMostOnce ? [lost([2, 3])] : []
    return [
      Operation(
        name: "claim the receiver", run: { _ = try self.channel.receiver() },
        after: [[1, 2, 3]]),
      Operation(
        name: "peek",
        run: {
          var receiver = try self.channel.receiver()
          _ = try receiver.peek()?.number()
        }, after: [[1, 2, 3]]),
      Operation(
        name: "pop",
        run: {
          var receiver = try self.channel.receiver()
          _ = try receiver.pop()?.number()
        }, after: [[2, 3]]),
      Operation(
        name: "pop lending", run: { try self.popLending() }, after: [[2, 3]], interrupted: lent),
      Operation(
        name: "take",
        run: {
          var receiver = try self.channel.receiver()
          for element in try receiver.take(maxCount: 3) { _ = try element.number() }
        }, after: [[]]),
      Operation(
        name: "pop all, and wait",
        run: {
          var receiver = try self.channel.receiver()
          while let element = try receiver.pop(timeoutNanoseconds: 1_000) {
            _ = try element.number()
          }
        }, after: [[]], interrupted: [[2, 3], [3]]),
      Operation(
        name: "count", run: { _ = self.channel.count }, after: [[1, 2, 3]]),
    ]
  }
}
