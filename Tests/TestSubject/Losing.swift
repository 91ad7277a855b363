import Foundation
import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport

/// Work on stores whose file somebody else cuts short.
extension TestSubject {
  /// Whether `use` says that the store is lost.
  private static func isRefused(
    _ use: StoreUse, _ store: Database, _ generator: inout SeededGenerator
  ) throws -> Bool {
    do {
      try use(store, &generator)
      return false
    } catch let error as StoreError {
      return error.code == .segmentLost
    }
  }

  /// Does everything until something says that the store is lost, and tells of whatever does not say
  /// so from then on.
  static func lose(_ name: String, seed: UInt64) throws {
    SegmentLoss.survive()
    let store = try Database.open(name)
    // Where the system has no such pages, as any other.
    let viewer =
      try (try? Database.openReadOnly(name, mapping: .hugePages)) ?? Database.openReadOnly(name)
    let other = try Database.open("\(name)-other", creating: Geometry(blockCount: 1_024))
    let uses =
      (StoreUse.looks + StoreUse.changes).map { (store, $0) } + StoreUse.looks.map { (viewer, $0) }
    var generator = SeededGenerator(seed: seed)
    print("ready")
    while try !uses.contains(where: { try isRefused($0.1, $0.0, &generator) }) {}
    // Twice, because refused writes have written by then, though to nobody's memory but ours.
    for _ in 0..<2 {
      // Each mapping is lost by an access of its own.
      for (store, use) in uses.shuffled(using: &generator)
      where try !isRefused(use, store, &generator) {
        print("\(store.isWritable ? "store" : "viewer") does not refuse: \(use.name)")
      }
    }
    if store.check() == [] || viewer.check() == [] { print("nothing to complain of") }
    if viewer.changeCount != 0 { print("viewer counts changes") }
    try other.put("key", "value")
    if try other.get("key") != Array("value".utf8) || other.isLost { print("the other is lost") }
    try other.drop()
    print("lost")
  }

  /// What comes out of a structure of some kind, which is made for that.
  private static func inlet(_ kind: String, in store: Database) throws -> Inlet {
    let capacity = ElementCapacity(64)
    switch kind {
    case "queue":
      return try store.queue(
        "elements", of: UInt64.self, creating: ElementQueueGeometry(capacity: 4)
      ).inlet
    case "channel":
      return try store.channel(
        kind, of: UInt64.self, creating: ChannelGeometry(capacity: 4)
      ).inlet
    case "byte queue":
      return try store.byteQueue(kind, creating: ByteQueueGeometry(segmentCapacity: 256)).inlet
    case "byte topic":
      return try store.byteTopic(kind, creating: ByteTopicGeometry()).subscribe().inlet
    case "priority queue":
      return try store.priorityQueue(kind, of: UInt64.self, creating: capacity).inlet
    case "ordered queue":
      return try store.orderedQueue(kind, of: UInt64.self, creating: capacity).inlet
    case "topic":
      let topic = try store.topic(kind, of: UInt64.self, creating: TopicGeometry(capacity: 8))
      for number in 0..<20 as Range<UInt64> { try topic.publish(number) }
      let subscription = try topic.subscribe()
      return subscription.inlet
    default: preconditionFailure("no such inlet: \(kind)")
    }
  }

  /// Loses a store while it is lent a value in place, or sleeps.
  static func loseWaiting(_ name: String, how: String) throws {
    SegmentLoss.survive()
    let store = try Database.open(name)
    let queue = try store.queue("queue", creating: nil)
    do {
      switch how {
      case "lent":
        _ = try store.withValue("kept") { span, isCopy in
          print("ready")
          _ = readLine()
          print(isCopy ? "copy" : "\(span.array.allSatisfy { $0 == 0 })")
          throw CocoaError(.coderInvalidValue)
        }
      case "message":
        try queue.pop { _, payload in
          print("ready")
          _ = readLine()
          print("\(payload.array.allSatisfy { $0 == 0 })")
        }
      case "pop":
        print("ready")
        try queue.pop(timeoutNanoseconds: .max) { _, _ in }
      case "push":
        print("ready")
        while true { _ = try queue.push(Message(), payload: [1, 2, 3].rawSpan) }
      case let how where how.hasPrefix("select "):
        let inlet = try inlet(String(how.dropFirst(7)), in: store)
        print("ready")
        _ = try Selection([queue.inlet, inlet]).wait()
      default:
        let failure = Mutex<(any Error)?>(nil)
        let isOver = DispatchSemaphore(value: 0)
        Task {
          print("ready")
          do { _ = try await queue.receive() } catch { failure.withLock { $0 = error } }
          isOver.signal()
        }
        isOver.wait()
        if let error = failure.withLock({ $0 }) { throw error }
      }
      print("answered")
    } catch let error as StoreError {
      print(error.code.rawValue)
    }
  }
}

/// A signal that has nothing to do with a store.
extension TestSubject {
  /// Gets a `SIGBUS` by a mapping of its own, with what `before` says as its handler.
  static func loseForeign(_ file: String, before: String) throws {
    switch before {
    case "handler": signal(SIGBUS) { _ in _exit(7) }
    case "ignored": signal(SIGBUS, SIG_IGN)
    default: break
    }
    SegmentLoss.survive()
    SegmentLoss.survive()
    let bytes = try Data(contentsOf: URL(filePath: file), options: .alwaysMapped)
    if before == "ignored" {
      raise(SIGBUS)
      print("ignored")
    }
    try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 0)
    print("\(bytes[0])")
  }
}
