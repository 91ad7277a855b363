import Foundation
import TestSupport
import Testing

#if os(Linux)
  /// Opening and closing a store costs a process nothing that stays.
  @Suite struct LeakTests {
    let scratch = Scratch()

    @Test func `a process that opens and closes stores holds no more than before`() throws {
      var generator = SeededGenerator()
      let subject = try Subject([
        "reopen", scratch.database(), "\(generator.next() >> 1)", "\(200 * scale)",
      ])
      let lines = subject.readAll().split(separator: "\n").map { $0.split(separator: " ") }
      #expect(subject.wait() == 0, "\(subject.readAllErrors().prefix(4_000))")
      let holdings = Dictionary(
        uniqueKeysWithValues: lines.map { (String($0[0]), Int($0[1]) ?? .max) })
      // Threads that come and go leave the library a stack or two to use again.
      #expect(holdings["descriptors"] ?? .max <= 2, "\(holdings)")
      #expect(holdings["mappings"] ?? .max <= 16, "\(holdings)")
      #expect(holdings["memory"] ?? .max <= 1_024, "\(holdings)")
    }
  }
#endif
