import Foundation
import TestSupport
import Testing

@testable import SimDB

/// What several processes do to a store, and processes that die or are stopped, is linearizable: while
/// its index stands, while it moves again and again, and while the store grows.
@Suite(.serialized) struct HistoryTests {
  let scratch = Scratch()

  /// Starts processes that record so many operations each, from this moment.
  private func start(
    _ counts: [Int], _ company: StoreRecorder.Company, _ generator: inout SeededGenerator
  ) throws -> [Subject] {
    let subjects = try counts.enumerated().map { index, count in
      try Subject([
        "record", scratch.database(), "\(generator.next())", "\(count)", company.rawValue,
        "\(index + 1)", notes(index + 1),
      ])
    }
    for subject in subjects { #expect(subject.readLine() == "ready") }
    for subject in subjects { subject.closeInput() }
    return subjects
  }

  private func notes(_ process: Int) -> String { "\(scratch.path)/notes-\(process)" }

  /// What the processes have noted, and how things stand at the end.
  private func history(_ processes: Int, of store: Database) throws -> StoreHistory {
    var history = StoreHistory()
    for process in 1...processes {
      history.add(
        StoreHistory(notes: try String(contentsOfFile: notes(process), encoding: .utf8)))
      try FileManager.default.removeItem(atPath: notes(process))
    }
    try history.addLooks(at: store)
    return history
  }

  /// What happened in a store meanwhile is what `company` is for.
  private func expectEffect(of company: StoreRecorder.Company, on store: Database) throws {
    let moves = store.index.state().epoch
    let blockCount = try store.statistics().blockCount
    switch company {
    case .none: #expect(moves == 0)
    case .passing: #expect(moves >= 3)
    case .staying: #expect(moves >= 2 && blockCount >= 16 * company.geometry.blockCount)
    }
  }

  @Test(arguments: StoreRecorder.Company.allCases)
  func `three processes at once`(company: StoreRecorder.Company) throws {
    var generator = SeededGenerator()
    let count = 2_000
    var checked = 0
    for _ in 0..<scale {
      let store = try Database.open(scratch.database(), creating: company.geometry)
      let subjects = try start([count, count, count], company, &generator)
      for subject in subjects { #expect(subject.wait() == 0) }
      let history = try history(3, of: store)
      checked += history.count
      #expect(history.count >= count * 3)
      #expect(history.contradictions == [])
      #expect(store.check() == [])
      try expectEffect(of: company, on: store)
      try store.drop()
    }
    print("three processes at once, \(company): \(checked) operations")
  }

  @Test(arguments: StoreRecorder.Company.allCases)
  func `processes that are killed or stopped beside one that goes on`(
    company: StoreRecorder.Company
  ) throws {
    var generator = SeededGenerator()
    let count = 3_000
    var checked = 0
    for _ in 0..<2 * scale {
      let store = try Database.open(scratch.database(), creating: company.geometry)
      let subjects = try start([.max, .max, .max, count], company, &generator)
      subjects[0].killSoon(&generator)
      subjects[1].stopNowAndThen(10, &generator)
      subjects[2].killSoon(&generator)
      subjects[1].stopNowAndThen(10, &generator)
      // It is stopped in the end, wherever it is, and dies so when the others have finished.
      subjects[1].signal(SIGSTOP)
      #expect(subjects[3].wait() == 0)
      subjects[1].signal(SIGKILL)
      subjects[1].wait()
      try store.sweep()
      let history = try history(4, of: store)
      checked += history.count
      #expect(history.count >= count)
      #expect(history.contradictions == [])
      #expect(store.check() == [])
      try expectEffect(of: company, on: store)
      try store.drop()
    }
    print("processes that are killed or stopped, \(company): \(checked) operations")
  }
}

extension Subject {
  /// Stops the process a few times, wherever it is, and lets it go on each time.
  fileprivate func stopNowAndThen(_ times: Int, _ generator: inout SeededGenerator) {
    for _ in 0..<times {
      passMoment(upTo: 1_000_000, using: &generator)
      signal(SIGSTOP)
      passMoment(upTo: 2_000_000, using: &generator)
      signal(SIGCONT)
    }
  }
}
