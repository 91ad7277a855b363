import Foundation
import SimDB
import TestSupport
import Testing

/// What several processes do to a store, and processes that die, is linearizable.
@Suite(.serialized) struct HistoryTests {
  let scratch = Scratch()

  private func notes(_ process: Int) throws -> [String] {
    try String(contentsOfFile: "\(scratch.path)/notes-\(process)", encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private func history(_ processes: Int) throws -> StoreHistory {
    var history = StoreHistory()
    for process in 1...processes { history.add(StoreHistory(notes: try notes(process))) }
    return history
  }

  private func start(_ process: Int, count: Int, _ generator: inout SeededGenerator) throws
    -> Subject
  {
    try Subject([
      "record", scratch.database(), "\(generator.next())", "\(count)", "\(process)",
      "\(scratch.path)/notes-\(process)",
    ])
  }

  @Test func `three processes at once`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let count = 2_000 * min(scale, 10)
    let subjects = try (1...3).map { try start($0, count: count, &generator) }
    for subject in subjects {
      #expect(subject.readLine() == "ready")
      subject.closeInput()
    }
    for subject in subjects { #expect(subject.wait() == 0) }
    let history = try history(3)
    #expect(history.count == count * 3)
    #expect(history.contradictions == [])
    #expect(store.check() == [])
  }

  @Test func `processes that are killed beside one that goes on`() throws {
    var generator = SeededGenerator()
    for _ in 0..<4 * scale {
      let store = try Database.open(
        scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
      let subjects = try (1...3).map { try start($0, count: 5_000, &generator) }
      for subject in subjects {
        #expect(subject.readLine() == "ready")
        subject.closeInput()
      }
      subjects[0].killSoon(&generator)
      subjects[1].killSoon(&generator)
      #expect(subjects[2].wait() == 0)
      try store.sweep()
      #expect(try history(3).contradictions == [])
      #expect(store.check() == [])
      for process in 1...3 {
        try FileManager.default.removeItem(atPath: "\(scratch.path)/notes-\(process)")
      }
      try store.drop()
    }
  }
}
