import Foundation
import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Stores that somebody removes under their users.
@Suite struct DroppingTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: 4_096))
  }

  private func code(_ body: () throws -> Void) -> StoreError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? StoreError)?.code
    }
  }

  private typealias Use = (name: String, body: (Database) throws -> Void)

  @Test func `each change by those who are attached says that it was dropped, and looks go on`()
    throws
  {
    let owner = try makeStore()
    try owner.put("key", "value")
    let generation = try #require(try owner.generation("key"))
    let user = try Database.open(scratch.database())
    let viewer = try Database.openReadOnly(scratch.database())
    let path = scratch.path + "/saved"
    let looks: [Use] = [
      ("get", { _ = try $0.get("key") }), ("get absent", { _ = try $0.get("absent") }),
      ("getMany", { _ = try $0.getMany(["key"]) }), ("entry", { _ = try $0.entry("key") }),
      ("withValue", { _ = try $0.withValue("key") { _, _ in } }),
      ("contains", { _ = try $0.contains("key") }), ("facts", { _ = try $0.facts("key") }),
      ("keys", { _ = try $0.keys() }), ("entries", { _ = try $0.entries() }),
      ("statistics", { _ = try $0.statistics() }),
      ("participants", { _ = try $0.participants() }), ("save", { try $0.save(to: path) }),
    ]
    let changes: [Use] = [
      ("put", { try $0.put("key", "another") }), ("put new", { try $0.put("new", "value") }),
      ("putIfAbsent", { try $0.putIfAbsent("absent", "value") }),
      ("putIfAbsent there", { try $0.putIfAbsent("key", "value") }),
      ("compareAndSet", { _ = try $0.compareAndSet("key", "new", generation: generation) }),
      ("update", { try $0.update("key") { _ in [1] } }), ("delete", { try $0.delete("key") }),
      ("delete absent", { try $0.delete("absent") }), ("sweep", { try $0.sweep() }),
    ]
    try owner.drop()
    for use in looks {
      for user in [user, viewer] { #expect(code { try use.body(user) } == nil, "\(use.name)") }
    }
    for use in changes { #expect(code { try use.body(user) } == .dropped, "\(use.name)") }
    #expect(!FileManager.default.fileExists(atPath: scratch.database()))
  }

  @Test func `who drops it beside another that has stopped in it is told so, and it stays`() throws
  {
    let store = try makeStore()
    do {
      let lock = RemovalLock(scratch.database())
      #expect {
        try store.drop()
      } throws: { error in
        guard let error = error as? StoreError else { return false }
        return error.code == .system && error.reason.contains("another process is dropping it")
          && error.remedy.contains("end it")
      }
      #expect(lock != nil)
    }
    try store.put("key", "value")
    try store.drop()
    #expect(scratch.names.isEmpty)
  }

  @Test func `a store whose file was removed grows no more, and says why`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    try FileManager.default.removeItem(atPath: scratch.database())
    #expect(try store.get("key") == Array("value".utf8), "it was not dropped")
    #expect {
      for number in 0..<1_000 { try store.put("key \(number)", "value") }
    } throws: { error in
      guard let error = error as? StoreError else { return false }
      return error.code == .dropped && error.reason.contains("file was removed")
    }
    #expect(try store.statistics().blockCount == 64)
  }

  @Test func `nothing is committed for a store that is there`() throws {
    _ = try makeStore()
    // More than any memory file system has.
    let vast = Geometry(blockSize: 1 << 20, blockCount: 1 << 20)
    #expect(try !Database.create(scratch.database(), vast))
  }
}
