import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// Files that are cut short under their users.
@Suite(.serialized) struct LossTests {
  let scratch = Scratch()
  /// A crash is what is asked for; telling where takes longer than all else.
  private let quiet = ["SWIFT_BACKTRACE": "enable=no"]

  private func makeStore() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    try store.put("kept", [UInt8](repeating: 1, count: 4_096))
    try store.put("held", "value")
    _ = try store.queue("queue", creating: QueueGeometry(capacity: 4, payloadCapacity: 64))
  }

  /// Uses the queue, and has let go of the store before it is cut.
  private func withQueue(_ body: (MessageQueue, SharedRegion) throws -> Void) throws {
    let store = try Database.open(scratch.database())
    let region = try store.structure("queue", type: .queue, creating: nil).region
    try body(store.queue("queue"), region)
  }

  private func cut(to size: UInt64) throws {
    let file = try FileHandle(forUpdating: URL(filePath: scratch.database()))
    try file.truncate(atOffset: size)
    try file.close()
  }

  @Test func `every operation says that the file was cut short, and other stores go on`() throws {
    var generator = SeededGenerator()
    for _ in 0..<3 * scale {
      try makeStore()
      let subject = try Subject(
        ["lose", scratch.database(), "\(generator.next())"], environment: quiet)
      #expect(subject.readLine() == "ready")
      try cut(to: 0)
      #expect(subject.readAll() == "lost\n", "\(subject.readAllErrors().prefix(4_000))")
      #expect(subject.wait() == 0)
      try FileManager.default.removeItem(atPath: scratch.database())
    }
  }

  @Test(arguments: ["lent", "message"])
  func `a body reads zeros from then on, and the call that lent them throws`(how: String) throws {
    try makeStore()
    try withQueue { queue, _ in
      let payload = [UInt8](repeating: 1, count: 64)
      let result = try queue.push(Message(), payload: payload.rawSpan)
      #expect(result == .pushed)
    }
    let subject = try Subject(["lose waiting", scratch.database(), how], environment: quiet)
    #expect(subject.readLine() == "ready")
    try cut(to: 0)
    subject.closeInput()
    #expect(subject.readAll() == "true\nsegmentLost\n", "\(subject.readAllErrors().prefix(4_000))")
    #expect(subject.wait() == 0)
  }

  @Test(arguments: [
    "pop", "push", "receive", "select queue", "select channel", "select byte queue",
    "select byte topic", "select priority queue", "select ordered queue", "select topic",
  ])
  func `who sleeps until something comes or leaves is told`(how: String) throws {
    try makeStore()
    let subject = try Subject(["lose waiting", scratch.database(), how], environment: quiet)
    #expect(subject.readLine() == "ready")
    try withQueue { _, region in
      let word = region.word32(at: how == "push" ? QueueLayout.departure : QueueLayout.arrival)
      #expect(eventually { word.loadSequential() & 1 != 0 })
    }
    try cut(to: 0)
    #expect(subject.readAll() == "segmentLost\n", "\(subject.readAllErrors().prefix(4_000))")
    #expect(subject.wait() == 0)
  }

  @Test func `a library that nobody asked leaves the signal alone`() throws {
    try makeStore()
    let subject = try Subject(["churn", scratch.database(), "1"], environment: quiet)
    #expect(subject.readLine() == "ready")
    try cut(to: 0)
    #expect(subject.wait() == -SIGBUS)
  }

  @Test(arguments: [("handler", 7, ""), ("none", -SIGBUS, ""), ("ignored", -SIGBUS, "ignored\n")])
  func `a signal that is no store's goes where it went before`(
    before: String, status: Int32, output: String
  ) throws {
    let file = scratch.path + "/foreign"
    try Data(repeating: 1, count: 8_192).write(to: URL(filePath: file))
    let subject = try Subject(["lose foreign", file, before], environment: quiet)
    #expect(subject.readAll() == output, "\(subject.readAllErrors().prefix(4_000))")
    #expect(subject.wait() == status)
  }
}
