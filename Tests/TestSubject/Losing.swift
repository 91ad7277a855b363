import Foundation
import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport

/// Work on stores whose file somebody else cuts short.
extension TestSubject {
  /// An operation that answers as long as the store is there.
  private struct Use {
    let name: String
    let run: () throws -> Void

    init(_ name: String, _ run: @escaping () throws -> Void) {
      self.name = name
      self.run = run
    }

    /// Whether it says that the store is lost.
    func isRefused() throws -> Bool {
      do {
        try run()
        return false
      } catch let error as StoreError where error.code == .segmentLost {
        return true
      }
    }
  }

  /// Everything that can be done with a store without writing to it; it has the keys "held", which is
  /// written over meanwhile, and "kept".
  private static func reads(_ store: Database, _ scratch: String) -> [Use] {
    [
      Use("get") { _ = try store.get("kept") },
      Use("get absent") { _ = try store.get("absent") },
      Use("entry") { _ = try store.entry("held") },
      Use("get into") {
        var bytes = [UInt8](repeating: 0, count: 100)
        _ = try bytes.withMutableBytes { try store.get("kept", into: &$0) }
      },
      Use("get many") { _ = try store.getMany(["kept", "absent", "held"]) },
      Use("generation") { _ = try store.generation("kept") },
      Use("contains") { _ = try store.contains("absent") },
      Use("facts") { _ = try store.facts("kept") },
      Use("with value") { _ = try store.withValue("kept") { span, _ in span.byteCount } },
      Use("entries") { _ = try store.entries() },
      Use("save") { try store.save(to: scratch) },
      Use("attach queue") { _ = try store.queue("queue") },
    ]
  }

  /// Everything that writes to a store and its queue.
  private static func writes(_ store: Database, _ queue: MessageQueue) -> [Use] {
    let value = [UInt8](repeating: 7, count: 50)
    return [
      Use("put") { try store.put("held", value) },
      Use("put new") {
        try store.put("new", value)
        try store.delete("new")
      },
      Use("delete") { try store.delete("absent") },
      Use("put if absent") { try store.putIfAbsent("kept", value) },
      Use("compare and set") { _ = try store.compareAndSet("kept", value, generation: 1) },
      Use("update") { try store.update("held") { _ in value } },
      Use("sweep") { try store.sweep() },
      Use("push") { _ = try queue.push(Message(), payload: value.rawSpan) },
      Use("pop") { try queue.pop { _, _ in } },
    ]
  }

  /// Does everything until something says that the store is lost, and tells of whatever does not say
  /// so from then on.
  static func lose(_ name: String) throws {
    SegmentLoss.survive()
    let store = try Database.open(name)
    let queue = try store.queue("queue")
    let viewer = try Database.openReadOnly(name)
    let other = try Database.open("\(name)-other", creating: Geometry(blockCount: 1_024))
    let uses =
      reads(store, "\(name)-saved") + writes(store, queue)
      + reads(viewer, "\(name)-saved").map { Use("viewer: \($0.name)", $0.run) }
    print("ready")
    while try !uses.contains(where: { try $0.isRefused() }) {}
    // Twice, because refused writes have written by then, though to nobody's memory but ours.
    for _ in 0..<2 {
      // Each mapping is lost by an access of its own.
      for use in uses.shuffled() where try !use.isRefused() { print("not refused: \(use.name)") }
    }
    if store.check() == [] || viewer.check() == [] { print("nothing to complain of") }
    try other.put("key", "value")
    if try other.get("key") != Array("value".utf8) || other.isLost { print("the other is lost") }
    try other.drop()
    print("lost")
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
