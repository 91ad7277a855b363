import Foundation
import SharedMemory
import TestSupport
import Testing

/// Nothing of a file is trusted before it was checked, and each refusal says why.
@Suite struct AttachTests {
  let scratch = Scratch()

  private func makeSegment(_ name: String = "store") throws -> String {
    let path = scratch.database(name)
    #expect(
      try Segment.create(path: path, geometry: Geometry(blockSize: 64, blockCount: 64)))
    return path
  }

  private func refusal(_ path: String, writable: Bool = true) -> StoreError? {
    #expect(throws: StoreError.self) { _ = try Segment.attach(path: path, writable: writable) }
  }

  /// A copy of a whole segment with some bytes replaced.
  private func damaged(_ offset: Int, _ bytes: [UInt8]) throws -> String {
    let whole = scratch.database("whole")
    if !FileManager.default.fileExists(atPath: whole) { _ = try makeSegment("whole") }
    var data = try Data(contentsOf: URL(fileURLWithPath: whole))
    data.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return try write(data)
  }

  private func write(_ data: Data) throws -> String {
    let path = scratch.database("damaged")
    #expect(
      FileManager.default.createFile(
        atPath: path, contents: data, attributes: [.posixPermissions: 0o600]))
    return path
  }

  @Test func `an absent file is not found`() {
    let error = refusal(scratch.database("absent"))
    #expect(error?.code == .notFound)
  }

  @Test func `a link in the way is not followed`() throws {
    let link = scratch.database("link")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: makeSegment())
    let error = refusal(link)
    #expect(error?.code == .permission && error?.reason.contains("is a link") == true)
  }

  @Test func `a directory and a pipe are not segments`() throws {
    let directory = scratch.database("directory")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    #expect(refusal(directory) != nil)
    #expect(refusal(directory, writable: false)?.reason.contains("not a regular file") == true)
  }

  @Test(arguments: [0o640, 0o604, 0o666])
  func `a file that others can reach is refused`(mode: Int) throws {
    let path = try makeSegment()
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    let error = refusal(path)
    #expect(error?.code == .permission)
    #expect(error?.reason.contains(String(mode, radix: 8)) == true)
  }

  @Test func `a file cut short is corrupt, wherever it was cut`() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: makeSegment("whole")))
    for count in [0, 1, 8, 100, 383, 384, 4_096, whole.count / 2, whole.count - 1] {
      let error = refusal(try write(whole.prefix(count)))
      #expect(error?.code == .corrupt, "\(count) bytes")
    }
  }

  @Test func `another version, byte order, architecture or feature is incompatible`() throws {
    let cases: [(offset: Int, bytes: [UInt8], word: String)] = [
      (8, [1, 2, 3, 4], "byte order"), (12, [99, 0, 0, 0], "layout version"),
      (88, [0, 7, 0, 0], "architecture"),
    ]
    for item in cases {
      let error = refusal(try damaged(item.offset, item.bytes))
      #expect(error?.code == .incompatible && error?.reason.contains(item.word) == true)
    }
  }

  @Test(arguments: [0, 7, 8, 31, 32, 63])
  func `an unknown feature keeps out whom it concerns, and is named`(bit: Int) throws {
    let mask = (0..<8).map { UInt8(truncatingIfNeeded: (UInt64(1) << bit) >> ($0 * 8)) }
    func refused(_ offset: Int, writable: Bool) throws -> StoreError? {
      let error = refusal(try damaged(offset, mask), writable: writable)
      #expect(error?.code == .incompatible)
      #expect(error?.reason.contains("features") == true)
      #expect(error?.reason.contains("bit \(bit), of which bit \(bit) is unknown") == true)
      #expect(error?.reason.hasSuffix("this build has none") == true)
      return error
    }
    // One that all must know.
    for writable in [true, false] { _ = try refused(16, writable: writable) }
    // One that only writers must know: readers are let in, and writers are told so.
    #expect(try refused(24, writable: true)?.remedy.contains("attach read-only") == true)
    #expect(try !Segment.attach(path: damaged(24, mask), writable: false).isWritable)
    // One that nobody must know.
    _ = try Segment.attach(path: damaged(32, mask), writable: true)
  }

  @Test func `several unknown features are all named`() throws {
    let error = refusal(try damaged(16, [0b1001, 0x80]))
    #expect(error?.reason.contains("bit 0, bit 3, bit 15 are unknown") == true)
  }

  @Test func `a geometry that contradicts its offsets is corrupt`() throws {
    // Every byte from the geometry to the last offset.
    for offset in 96..<192 where offset / 8 != 13 {
      let error = refusal(try damaged(offset, [0xa5]))
      #expect(error?.code == .corrupt, "byte \(offset)")
    }
  }

  @Test func `random headers are refused or attached, and nothing worse`() throws {
    var generator = SeededGenerator()
    let whole = try Data(contentsOf: URL(fileURLWithPath: makeSegment("whole")))
    for _ in 0..<300 {
      var data = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        data[Int.random(in: 0..<512, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      let path = try write(data)
      do throws(StoreError) {
        _ = try Segment.attach(path: path, writable: false)
      } catch {
        #expect(!error.reason.isEmpty && !error.remedy.isEmpty)
      }
    }
  }

  @Test func `names follow the rule`() {
    for name in ["a", "A.b_c-9", String(repeating: "x", count: 100)] {
      #expect(SegmentLocation.isValid(name))
    }
    for name in ["", ".hidden", "-x", "a b", "ä", "a/b", "a\0", String(repeating: "x", count: 101)]
    {
      #expect(!SegmentLocation.isValid(name))
    }
    let error = #expect(throws: StoreError.self) { try SegmentLocation.path(of: "a b") }
    #expect(error?.code == .invalidName)
  }

  @Test func `a dropped segment is gone, and its name free for another`() throws {
    let path = try makeSegment()
    let first = try Segment.attach(path: path, writable: true)
    try first.drop()
    #expect(refusal(path)?.code == .notFound)
    #expect(!first.isLive)
    #expect(try makeSegment() == path)
    // The name is another's now.
    try first.drop()
    #expect(try Segment.attach(path: path, writable: true).isLive)
  }

  @Test func `one of many creators wins, and none leaves anything else`() throws {
    let path = scratch.database()
    let wins = Counter()
    try inThreads(
      (0..<8).map { _ in
        {
          if try Segment.create(path: path, geometry: Geometry(blockSize: 64, blockCount: 64)) {
            wins.add(1)
          }
        }
      })
    #expect(wins.value == 1)
    #expect(scratch.names == ["store.simdb"])
  }
}
