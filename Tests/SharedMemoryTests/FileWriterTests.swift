import Foundation
import SharedMemory
import TestSupport
import Testing

/// A file that is written is found when it is complete, and not before.
@Suite struct FileWriterTests {
  let scratch = Scratch()
  var path: String { scratch.path + "/file" }
  /// More than is gathered before it is written.
  let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func contents() -> [UInt8]? {
    FileManager.default.contents(atPath: path).map { Array($0) }
  }

  @Test func `nobody finds a file before it is complete, and nothing else ever`() throws {
    let writer = try FileWriter(path: path)
    try writer.write(bytes)
    try writer.write([1])
    #if os(Linux)
      #expect(scratch.names == [])
    #endif
    try writer.finish()
    #expect(scratch.names == ["file"] && contents() == bytes + [1])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `a file has the mode that it is given`() throws {
    let writer = try FileWriter(path: path, mode: 0o664)
    try writer.finish()
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o664)
  }

  @Test func `a file takes the place of another at once`() throws {
    try Data("before".utf8).write(to: URL(fileURLWithPath: path))
    let writer = try FileWriter(path: path)
    try writer.write(bytes)
    #expect(contents() == Array("before".utf8))
    try writer.finish()
    #expect(scratch.names == ["file"] && contents() == bytes)
  }

  @Test func `a file that is given up leaves nothing`() throws {
    do {
      let writer = try FileWriter(path: path)
      try writer.write(bytes)
    }
    #expect(scratch.names == [])
    SpecialFile.directory.make(at: path)
    defer { SpecialFile.directory.remove(at: path) }
    #expect(throws: StoreError.self) { try FileWriter(path: path).finish() }
    #expect(scratch.names == ["file"])
  }
}
