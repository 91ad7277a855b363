import Foundation
import SimDB
import TestSupport
import Testing

#if os(Linux)
  /// Stores that have no name.
  @Suite(.serialized) struct AnonymousTests {
    private let geometry = Geometry(blockSize: 64, blockCount: 1_024, participantCount: 4)

    /// How many files of such stores this process has open.
    private func openFiles() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\($0)")
        return target?.contains("memfd:anonymous") == true
      }
    }

    @Test func `a store without a name does what any other does`() throws {
      let store = try Database.anonymous(geometry, as: "tester")
      #expect(store.name == "anonymous" && store.path == "/memfd:anonymous")
      #expect(store.isWritable && store.isLive && store.geometry == geometry)
      try store.put("key", "value")
      #expect(try store.get("key", as: String.self) == "value")
      #expect(try store.withValue("key") { span, isCopy in isCopy ? -1 : span.byteCount } == 5)
      #expect(try store.participants().map(\.name) == ["tester"])
      #expect(try store.sweep() == 0)
      let file = Scratch()
      #expect(try store.save(to: file.path + "/saved") == 1)
      let other = try Database.anonymous(geometry)
      #expect(try other.load(from: file.path + "/saved") == 1)
      #expect(other.uuid != store.uuid && other.check() == [])
      #expect(try other.delete("key") && store.contains("key"))
      let refused = #expect(throws: StoreError.self) {
        _ = try Database.anonymous(Geometry(blockSize: 65))
      }
      #expect(refused?.code == .invalidArgument)
    }

    @Test func `its threads share it`() throws {
      let store = try Database.anonymous(geometry)
      try inThreads(
        (0..<4).map { _ in
          { for _ in 0..<500 { try store.update("count", as: UInt64.self) { ($0 ?? 0) + 1 } } }
        })
      #expect(try store.get("count", as: UInt64.self) == 2_000)
      #expect(try store.check() == [] && store.participants().count == 1)
    }

    @Test func `it is in no list and leaves nothing`() throws {
      // Threads of another test may be about to let go of its store.
      #expect(try eventually { try openFiles() == 0 })
      let before = try SegmentLocation.list()
      var store: Database? = try Database.anonymous(geometry)
      try store?.put("key", "value")
      #expect(try SegmentLocation.list() == before)
      #expect(try openFiles() == 2, "its own, and the one that locks")
      #expect(throws: StoreError.self) { _ = try Database.openReadOnly("/memfd:anonymous") }
      store = nil
      #expect(try openFiles() == 0)
    }

    @Test func `dropped it can be looked at and not changed`() throws {
      let store = try Database.anonymous(geometry)
      try store.put("key", "value")
      try store.drop()
      #expect(!store.isLive)
      #expect(try store.get("key", as: String.self) == "value")
      #expect { try store.put("key", "another") } throws: {
        ($0 as? StoreError)?.remedy == "create another"
      }
      try store.drop()
    }
  }
#endif
