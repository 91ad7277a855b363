import Foundation
import SimDB
import TestSupport
import Testing

/// A store on a disk outlives a boot; the processes that used it do not.
@Suite struct BootTests {
  let scratch = Scratch()

  @Test func `who attached before the machine was started again is dead`() throws {
    let path = scratch.database()
    let store = try Database.open(path, creating: Geometry(blockSize: 64, blockCount: 256))
    try store.put("key", "value")
    let viewer = try Database.openReadOnly(path)
    #expect(try viewer.participants().map(\.isAlive) == [true])
    // The boot of the first row: 4,096 bytes of header, 40 of the row.
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 4_096 + 40)
    let boot = try #require(try file.read(upToCount: 8))
    #expect(boot.contains { $0 != 0 })
    try file.seek(toOffset: 4_096 + 40)
    try file.write(contentsOf: Data(boot.map { ~$0 }))
    #expect(try viewer.participants().map(\.isAlive) == [false])
    let next = try Database.open(path)
    #expect(try next.participants().count == 1)
    #expect(try next.get("key") == Array("value".utf8))
    #expect(next.check() == [])
  }
}
