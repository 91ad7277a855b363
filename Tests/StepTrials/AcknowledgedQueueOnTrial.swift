import SharedMemory
import SharedStructures
import SimDB
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension StructureOnTrial.Kind {
  /// Queues of plain values whose consumers acknowledge, also with an element that a dead process was
  /// taking, or had.
  static let acknowledgedQueues: [Self] = [
    queue("acknowledged queue", .wait, nil),
    queue("acknowledged queue that drops the oldest", .dropOldest, nil),
    queue("acknowledged queue with what the dead was taking", .wait, .taking),
    queue("acknowledged queue with what the dead has", .wait, .holding),
  ]

  private static func queue(
    _ name: String, _ overflow: Overflow, _ death: AcknowledgedQueueOnTrial.Death?
  ) -> Self {
    Self(name: name) { store, key in
      try AcknowledgedQueueOnTrial(store, key, overflow, death).trial
    }
  }
}

/// A queue with 1 to 3 in it and few claims, and what it gave out beside a victim.
private final class AcknowledgedQueueOnTrial {
  /// Where somebody died with 1.
  enum Death {
    /// Between claiming its cell and having a copy.
    case taking
    /// Having claimed it.
    case holding
  }

  private let store: Database
  private let key: String
  private let queue: Queue<NumberedElement>
  private let death: Death?
  private var acknowledged: Set<Int> = []

  init(_ store: Database, _ key: String, _ overflow: Overflow, _ death: Death?) throws {
    self.store = store
    self.key = key
    self.death = death
    queue =
      try death.map { try Self.makeOrphan(store, key, overflow, $0) }
      ?? Self.make(store, key, overflow)
  }

  private static func make(
    _ store: Database, _ key: String, _ overflow: Overflow
  ) throws -> Queue<NumberedElement> {
    let queue = try store.queue(
      key, of: NumberedElement.self,
      creating: ElementQueueGeometry(
        capacity: 4, overflow: overflow, delivery: .acknowledged, claimLimit: 2))
    for number in 1...3 {
      let result = try queue.push(NumberedElement(number), timeoutNanoseconds: 0)
      try require(result == .pushed, "there is no room for \(number)")
    }
    return queue
  }

  // MARK: Deaths before

  /// The step of a claim after which the cell names it: found once.
  private static let takingStep = LocalMutex<Int?>(nil)

  /// Makes a queue that somebody has died with.
  private static func makeOrphan(
    _ store: Database, _ key: String, _ overflow: Overflow, _ death: Death
  ) throws -> Queue<NumberedElement> {
    var step = death == .taking ? takingStep.withLock { $0 } ?? 1 : .max
    while true {
      let queue = try make(store, key, overflow)
      let child = Child {
        var steps = 0
        try? Steps.call { [step] in
          steps += 1
          if steps == step { kill(getpid(), SIGKILL) }
        } during: {
          let claim = try queue.claim()
          kill(getpid(), SIGKILL)
          claim?.giveBack()
        }
        return 1
      }
      try require(child.wait() == .killed(SIGKILL), "nobody died with an element")
      if queue.heldCount == 1 {
        if death == .taking { takingStep.withLock { $0 = step } }
        return queue
      }
      try require(death == .taking, "who died having an element had none")
      try store.deleteStructure(key)
      step += 1
    }
  }

  // MARK: What others do

  private func useBeside() throws {
    for number in 0..<8 {
      let first = QueuedNumbers.beside + 10 * number
      _ = try queue.push(NumberedElement(first), timeoutNanoseconds: 0)
      _ = try queue.push(
        contentsOf: [NumberedElement(first + 1), NumberedElement(first + 2)],
        timeoutNanoseconds: 0)
      // Who is stopped may have all claims.
      do {
        try take(queue.claim())
        if number % 3 == 0 { try queue.claim()?.giveBack() }
      } catch let error as StoreError where error.code == .full {}
    }
  }

  /// Acknowledges what was claimed, and returns its number.
  @discardableResult
  private func take(_ claim: Queue<NumberedElement>.Claim?) throws -> Int? {
    guard let claim else { return nil }
    let number = try claim.element.number()
    try require(claim.acknowledge(), "\(number) is another's")
    try require(acknowledged.insert(number).inserted, "\(number) comes twice")
    return number
  }

  /// Takes what there is, and uses each cell and each claim twice: nothing of the dead is left in them.
  private func drain() throws -> [Int] {
    let end = SystemClock.monotonicNanoseconds + 5_000_000_000
    var numbers: [Int] = []
    // A new user looks at once for what the dead have.
    let queue = try store.queue(key, of: NumberedElement.self)
    repeat {
      while let number = try take(queue.claim()) { numbers.append(number) }
      try require(SystemClock.monotonicNanoseconds < end, "it does not get empty")
    } while queue.count > 0 || queue.heldCount > 0
    let (dropped, rejected) = (queue.droppedCount, queue.rejectedCount)
    for first in stride(from: 0, to: 2 * queue.geometry.capacity, by: 2) {
      for number in first..<first + 2 {
        while try queue.push(NumberedElement(number), timeoutNanoseconds: 1_000_000) != .pushed {
          try require(SystemClock.monotonicNanoseconds < end, "there is no room again")
        }
      }
      // As many as there are claims.
      let claims = try (0..<2).map { _ in try queue.claim(timeoutNanoseconds: 5_000_000_000) }
      for (number, claim) in zip(first..., claims) {
        let found = try claim?.element.number()
        try require(
          found == number && claim?.acknowledge() == true,
          "\(number) was pushed, \(found ?? -1) claimed")
      }
    }
    return QueuedNumbers.list(
      numbers, lost: Int(queue.lostCount), dropped: Int(dropped), rejected: Int(rejected))
  }

  var trial: StructureOnTrial {
    let operations =
      switch (death, queue.geometry.overflow) {
      case (nil, .dropOldest): looking + overflowing
      case (nil, _): looking + pushing + popping + claiming
      default: looking + claiming + [popAll, pushRound]
      }
    return StructureOnTrial(
      standing: [1, 2, 3], operations: operations, useBeside: useBeside, drain: drain,
      isPossible: { QueuedNumbers.isPossible($0, held: 3) })
  }

  // MARK: What victims do

  private typealias Operation = StructureOnTrial.Operation

  private func push(_ numbers: ClosedRange<Int>) throws {
    try queue.push(contentsOf: numbers.map { NumberedElement($0) }, timeoutNanoseconds: 0)
  }

  private var looking: [Operation] {
    [
      Operation(name: "peek", run: { _ = try self.queue.peek()?.number() }, after: [[1, 2, 3]]),
      Operation(
        name: "count", run: { _ = (self.queue.count, self.queue.heldCount) }, after: [[1, 2, 3]]),
    ]
  }

  private var pushing: [Operation] {
    [
      Operation(
        name: "push", run: { try self.push(4...4) }, after: [[1, 2, 3, 4]],
        interrupted: [QueuedNumbers.list([1, 2, 3], lost: 1)]),
      Operation(
        name: "push until it is full, and wait",
        run: {
          var number = 4
          while try self.queue.push(NumberedElement(number), timeoutNanoseconds: 1_000) == .pushed {
            number += 1
          }
        }, after: [[1, 2, 3, 4]], interrupted: [QueuedNumbers.list([1, 2, 3], lost: 1)]),
    ]
  }

  private var popAll: Operation {
    Operation(
      name: "pop all",
      run: { while let element = try self.queue.pop() { _ = try element.number() } },
      after: [[]], interrupted: [[2, 3], [3]])
  }

  private var popping: [Operation] {
    [
      popAll,
      Operation(name: "pop", run: { _ = try self.queue.pop()?.number() }, after: [[2, 3]]),
      Operation(
        name: "pop lending",
        run: { try self.queue.pop { element in _ = try element[0].number() } }, after: [[2, 3]]),
      Operation(
        name: "take",
        run: { for element in try self.queue.take(maxCount: 2) { _ = try element.number() } },
        after: [[3]], interrupted: [[2, 3]]),
    ]
  }

  private var claiming: [Operation] {
    [
      Operation(
        name: "claim and acknowledge", run: { _ = try self.queue.claim()?.acknowledge() },
        after: [[2, 3]]),
      Operation(
        name: "claim and give back", run: { try self.queue.claim()?.giveBack() },
        after: [[1, 2, 3]]),
      Operation(
        name: "claim two and acknowledge the second",
        run: {
          let first = try self.queue.claim()
          _ = try self.queue.claim()?.acknowledge()
          first?.giveBack()
        }, after: [[1, 3]]),
      Operation(
        name: "claim until there is no claim left",
        run: {
          var claims: [Queue<NumberedElement>.Claim] = []
          do {
            while let claim = try self.queue.claim() { claims.append(claim) }
          } catch let error as StoreError where error.code == .full {}
          try require(claims.count <= 2, "there were \(claims.count) claims")
        }, after: [[1, 2, 3]]),
      Operation(
        name: "claim all, and wait",
        run: {
          while let claim = try self.queue.claim(timeoutNanoseconds: 1_000) {
            _ = try claim.acknowledge()
          }
        }, after: [[]], interrupted: [[2, 3], [3]]),
    ]
  }

  /// Comes round to the cell that the dead had.
  private var pushRound: Operation {
    Operation(
      name: "push round",
      run: {
        // Others may have filled it beside us.
        for number in 4...5 {
          _ = try self.queue.push(NumberedElement(number), timeoutNanoseconds: 20_000_000)
        }
      }, after: [[1, 2, 3, 4, 5]],
      interrupted: [
        QueuedNumbers.list([1, 2, 3], lost: 1), [1, 2, 3, 4],
        QueuedNumbers.list([1, 2, 3, 4], lost: 1),
      ])
  }

  private var overflowing: [Operation] {
    [
      Operation(
        name: "push over",
        run: { for number in 4...6 { try self.push(number...number) } },
        after: [QueuedNumbers.list([3, 4, 5, 6], dropped: 2)],
        interrupted: [
          QueuedNumbers.list([1, 2, 3], lost: 1), [1, 2, 3, 4],
          QueuedNumbers.list([2, 3, 4], lost: 1),
          QueuedNumbers.list([2, 3, 4], lost: 1, dropped: 1),
          QueuedNumbers.list([2, 3, 4, 5], dropped: 1),
          QueuedNumbers.list([3, 4, 5], lost: 1, dropped: 1),
          QueuedNumbers.list([3, 4, 5], lost: 1, dropped: 2),
        ])
    ]
  }
}
