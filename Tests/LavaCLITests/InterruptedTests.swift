import Foundation
import SimDB
import TestSupport
import Testing

#if os(Linux)
  /// Ctrl-C in the middle of saving and loading.
  @Suite struct InterruptedTests {
    let lava = Lava()
    let store: Database
    let entryCount = 4_000

    /// A database that takes some seconds to be saved or loaded by a debug build.
    init() throws {
      store = try Database.open(
        lava.scratch.database("store"), creating: Geometry(blockSize: 4_096, blockCount: 8_192))
      let value = [UInt8](repeating: 7, count: 4_000)
      for number in 0..<entryCount { try store.put("key \(number)", value) }
    }

    /// Files of the test's directory that a process has open.
    private func openFiles(of subject: Subject) -> [String] {
      let folder = "/proc/\(subject.pid)/fd"
      let numbers = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return numbers.compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
      }.filter { $0.hasPrefix(lava.scratch.path) }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `a save that is ended leaves nothing`(signal: Int32) throws {
      let file = lava.scratch.path + "/saved"
      for before in [["store.simdb"], ["saved", "store.simdb"]] {
        let subject = try lava.start(["db", "save", "store", file])
        #expect(eventually(within: 20) { openFiles(of: subject).count > 1 })
        subject.signal(signal)
        #expect(subject.wait() == -signal && subject.readAll() == "")
        #expect(lava.scratch.names.sorted() == before)
        try Data("before".utf8).write(to: URL(fileURLWithPath: file))
      }
      #expect(FileManager.default.contents(atPath: file) == Data("before".utf8))
    }

    @Test func `a load that is ended says how far it came`() throws {
      let file = lava.scratch.path + "/saved"
      try store.save(to: file)
      let target = try Database.open(lava.scratch.database("copy"), creating: store.geometry)
      let subject = try lava.start(["db", "load", "copy", file])
      #expect(try eventually(within: 30) { try target.contains("key 0") || !target.keys().isEmpty })
      subject.signal(SIGINT)
      let errors = subject.readAllErrors()
      #expect(subject.wait() == 130 && subject.readAll() == "")
      let said = try #require(
        errors.firstMatch(of: #/^interrupted after (\d+) entries were loaded/#))
      let count = try #require(Int(said.1))
      let entries = try target.statistics().entries
      // One may have been put and not yet counted.
      #expect(count < entryCount && (count...count + 1).contains(entries), "\(count), \(entries)")
      #expect(try lava("db", "load", "copy", file).output == "\(entryCount) entries loaded\n")
      #expect(target.check() == [])
    }

    @Test func `a load that is ended before its first entry loads none`() throws {
      let file = lava.scratch.path + "/saved"
      try store.save(to: file)
      let subject = try lava.start(["db", "load", "fresh", file])
      // It is checked before a database is created for it.
      #expect(eventually(within: 20) { openFiles(of: subject).contains(file) })
      subject.signal(SIGTERM)
      #expect(subject.readAllErrors().hasPrefix("interrupted after 0 entries were loaded; "))
      #expect(subject.wait() == 130)
      #expect(lava.scratch.names.sorted() == ["saved", "store.simdb"])
    }
  }
#endif
