#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import SharedStructures
import SimDB
import TestSupport

extension StructureScene {
  /// Scenes of byte topics.
  ///
  /// Users have attachments of their own, as processes have. In the end somebody publishes, so that the
  /// rows tell whose they are; then all subscriptions end, and nothing of them may be left.
  static let onByteTopics =
    publishing + leaving
    + byteTopic("subscribe and subscribe", isNew: true, onlyFirstBegins: true) {
      [[$0.subscribing], [$1.subscribing]]
    }
    // Whoever is refused looks for the dead.
    + byteTopic(
      "publish when one has died, and subscribe", holding: 2, isNew: true, hasDead: true,
      onlyFirstBegins: true
    ) { [[$0.publishing(11)], [$1.subscribing]] }
    + byteTopic("subscribe and subscribe again", density: .lowest) {
      [[$0.subscribing], [$1.subscribing, $1.publishing(11), $1.taking]]
    }

  /// What a user of a topic has.
  private final class TopicUser: Sendable {
    let topic: ByteTopic
    let subscription = LocalMutex<ByteSubscription?>(nil)

    init(_ topic: ByteTopic) { self.topic = topic }

    func subscribe(_ overflow: Overflow) throws {
      let new = try topic.subscribe(overflow: overflow)
      subscription.withLock { $0 = new }
    }

    func leave() {
      var last: ByteSubscription?
      subscription.withLock { swap(&$0, &last) }
    }

    func take() throws -> Int? {
      try subscription.withLock { $0 }?.pop().map { received in
        guard let value = NumberedValue(received.bytes) else { throw Failure("an element is torn") }
        return value.number
      }
    }

    var subscribing: Call {
      {
        try self.subscribe(.reject)
        return 1
      }
    }

    var leaving: Call {
      {
        self.leave()
        return 1
      }
    }

    var taking: Call { { try self.take() } }

    /// Tells how many it reached; nothing where one of them was in the middle of something.
    func publishing(_ number: Int) -> Call {
      {
        let bytes = NumberedValue(number, count: 100).bytes
        let publication = try self.topic.publish(bytes, timeoutNanoseconds: 0)
        return publication.timedOut > 0 ? nil : publication.reached
      }
    }
  }

  /// - Parameters:
  ///   - count: How many elements the first subscriber has, whose queue has room for two.
  ///   - isNew: Whether nobody has subscribed before.
  ///   - hasDead: Whether somebody subscribed who has died.
  ///   - subscribers: Who subscribes at the beginning.
  private static func byteTopic(
    _ name: String, holding count: Int = 0, _ overflow: Overflow = .reject, isNew: Bool = false,
    hasDead: Bool = false, subscribers: [Int] = [], onlyFirstBegins: Bool = false,
    density: SampleDensity = .low,
    _ users: @escaping @Sendable (_ first: TopicUser, _ second: TopicUser) throws -> [[Call]]
  ) -> [StructureScene] {
    scenes(
      "byte topic: \(name)", .nothingBeside, onlyFirstBegins: onlyFirstBegins, density: density,
      blockCount: 64
    ) { store, key in
      let geometry = ByteTopicGeometry(
        subscriberCapacity: 2, segmentCapacity: 256, segmentLimit: 2)
      let both = [
        TopicUser(try store.byteTopic(key, creating: geometry)),
        TopicUser(try Database.open(store.path).byteTopic(key)),
      ]
      if hasDead { try leaveDead(key, of: store) }
      if !isNew {
        // A row that somebody had before.
        try both[0].subscribe(.reject)
        both[0].leave()
      }
      for number in subscribers { try both[number].subscribe(overflow) }
      for number in Array(1...2).prefix(count) { _ = try both[0].publishing(number)() }
      return Structure(
        users: try users(both[0], both[1]),
        drain: {
          var told: [Int] = []
          for user in both { while let number = try user.take() { told.append(number) } }
          for publisher in both {
            let reached = try publisher.publishing(99)()
            let takers = try both.count { try $0.take() == 99 }
            try require(
              reached == takers, "\(takers) have what reached \(reached, default: "none")")
            told.append(takers)
          }
          for user in both { user.leave() }
          return told + [try store.keys(prefix: "\(key)/part/").count]
        })
    }
  }

  /// Lets a process subscribe, and end without leaving.
  private static func leaveDead(_ key: String, of store: Database) throws {
    let child = Child {
      let topic = try? Database.open(store.path).byteTopic(key)
      let subscription = try? topic?.subscribe(overflow: .reject)
      if subscription != nil { kill(getpid(), SIGKILL) }
      return 1
    }
    try require(child.wait() == .killed(SIGKILL), "a process that was to subscribe has not")
  }

  private static let publishing = [
    byteTopic("publish and take, empty", subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.taking]]
    },
    byteTopic("publish and take", holding: 1, subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.taking]]
    },
    byteTopic("publish and take, full", holding: 2, subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.taking]]
    },
    byteTopic(
      "publish and take, full, dropOldest", holding: 2, .dropOldest, subscribers: [1],
      density: .lowest
    ) {
      [[$0.publishing(11)], [$1.taking]]
    },
    byteTopic("publish and publish", subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.publishing(12)]]
    },
    byteTopic("publish, and subscribe and take", isNew: true) {
      [[$0.publishing(11)], [$1.subscribing, $1.taking]]
    },
  ].flatMap { $0 }

  private static let leaving = [
    byteTopic("publish and leave, empty", subscribers: [1]) {
      [[$0.publishing(11)], [$1.leaving]]
    },
    byteTopic("publish and leave", holding: 1, subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.leaving]]
    },
    byteTopic("publish, and leave and subscribe", holding: 1, subscribers: [1], density: .lowest) {
      [[$0.publishing(11)], [$1.leaving, $1.subscribing]]
    },
    byteTopic("leave and subscribe", subscribers: [0], density: .lowest) {
      [[$0.leaving], [$1.subscribing, $1.publishing(11)]]
    },
    byteTopic("leave and leave", subscribers: [0, 1], density: .lowest) {
      [[$0.leaving], [$1.leaving]]
    },
  ].flatMap { $0 }
}
