import Foundation
import SimDB
import TestSupport
import Testing

/// What several processes do to a structure takes effect as the structure promises, also when some of
/// them are killed in the middle.
@Suite(.serialized) struct StructureHistoryTests {
  let scratch = Scratch()

  private func notes(_ id: Int) -> String { "\(scratch.path)/notes-\(id)" }

  private func start(_ id: Int, _ generator: inout SeededGenerator) throws -> Subject {
    try Subject([
      "record structures", scratch.database(), "\(generator.next())", "\(id)", notes(id),
    ])
  }

  private func open() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 256, blockCount: 16_384))
  }

  /// Lets each process perform so many operations from the same moment on.
  private func begin(_ kind: StructureKind, _ subjects: [Subject], _ counts: [Int]) {
    for (subject, count) in zip(subjects, counts) {
      subject.writeLine("\(kind) \(count)")
      #expect(subject.readLine() == "ready")
    }
    for subject in subjects { subject.writeLine("go") }
  }

  /// What the processes have noted, and what stands in the end.
  private func history(
    _ kind: StructureKind, _ ids: Range<Int>, finishingIn store: Database?
  ) throws -> StructureHistory {
    var history = StructureHistory()
    for id in ids {
      let path = "\(notes(id))-\(kind)"
      history.add(StructureHistory(notes: try String(contentsOfFile: path, encoding: .utf8)))
      try FileManager.default.removeItem(atPath: path)
    }
    guard let store else { return history }
    var last = ""
    var recorder = try StructureRecorder(kind, in: store, id: StructureKind.last, seed: 0)
    try recorder.finish { last += $0 }
    history.add(StructureHistory(notes: last))
    return history
  }

  @Test func `what three processes do to a structure keeps its promise`() throws {
    var generator = SeededGenerator()
    for _ in 0..<scale {
      let store = try open()
      let subjects = try (1...3).map { try start($0, &generator) }
      for kind in StructureKind.allCases {
        try kind.create(in: store)
        // The third has no end of a channel.
        let users = kind == .channel ? Array(subjects.prefix(2)) : subjects
        begin(kind, users, users.map { _ in 250 })
        for user in users { #expect(user.readLine() == "done") }
        // Processes that live have the ends of a channel.
        let history = try history(
          kind, 1..<users.count + 1, finishingIn: kind == .channel ? nil : store)
        #expect(history.count >= 250 * users.count)
        #expect(history.unansweredCount == 0)
        #expect(history.keeps(kind.promise), "\(kind)")
      }
      for subject in subjects {
        subject.closeInput()
        #expect(subject.wait() == 0)
      }
      #expect(store.check() == [])
      try store.drop()
    }
  }

  @Test func `what processes do beside one that is killed keeps the structure's promise`() throws {
    var generator = SeededGenerator()
    var unanswered = 0
    for _ in 0..<scale {
      let store = try open()
      // The sender of a channel and the writer of a table, or the receiver.
      let victim = Int.random(in: 1...2, using: &generator)
      let others = try (1...3).filter { $0 != victim }.map { try start($0, &generator) }
      for kind in StructureKind.allCases {
        try kind.create(in: store)
        let living = kind == .channel ? Array(others.prefix(1)) : others
        let dying = try start(victim, &generator)
        begin(kind, [dying] + living, [.max] + living.map { _ in 250 })
        dying.killSoon(&generator)
        for user in living { #expect(user.readLine() == "done") }
        try store.sweep()
        let history = try history(
          kind, 1..<living.count + 2,
          finishingIn: kind == .channel && victim == 1 ? nil : store)
        #expect(history.count >= 250 * living.count)
        #expect(history.keeps(kind.promise), "\(kind)")
        unanswered += history.unansweredCount
      }
      for user in others {
        user.closeInput()
        #expect(user.wait() == 0)
      }
      #expect(store.check() == [])
      try store.drop()
    }
    print("operations without an answer: \(unanswered)")
  }
}
