import CSharedMemory
import Foundation
@testable import SharedMemory
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

  @Test(arguments: SpecialFile.allCases, [false, true])
  func `what is no regular file is refused at once, and stays`(
    kind: SpecialFile, isWritable: Bool
  ) throws {
    let path = scratch.database("special")
    kind.make(at: path)
    defer { kind.remove(at: path) }
    let error = refusal(path, writable: isWritable)
    let expected =
      switch kind {
      case .directory: isWritable ? "Is a directory" : "not a regular file"
      case .pipe: "not a regular file"
      case .socket: "No such device or address"
      case .linkToItself, .linkToNothing: "is a link"
      }
    #expect(error?.reason.contains(expected) == true, "\(String(describing: error))")
    // It is in nobody's way who creates, and nothing is deleted.
    let geometry = Geometry(blockSize: 64, blockCount: 64)
    let isCreated = try Segment.create(path: path, geometry: geometry)
    #expect(!isCreated)
    #expect(scratch.names == ["special.simdb"])
  }

  @Test(arguments: ["/dev/null", "/dev/zero"], [false, true])
  func `a device is refused at once`(path: String, isWritable: Bool) {
    let error = refusal(path, writable: isWritable)
    #expect(error?.reason.contains("not a regular file") == true)
  }

  @Test(.enabled(if: geteuid() == 0, "needs to be root to give a file away"))
  func `a file of another user is refused, naming both`() throws {
    let path = try makeSegment()
    try FileManager.default.setAttributes([.ownerAccountID: 54_321], ofItemAtPath: path)
    let error = refusal(path)
    #expect(error?.code == .permission)
    #expect(error?.reason.contains("belongs to user 54321") == true)
    #expect(error?.reason.contains("you are user 0") == true)
  }

  @Test func `a geometry at its extremes is refused, or attached if it may be`() throws {
    // Fields and widths from the block size to the greatest size.
    let fields = [(96, 4), (100, 4), (104, 4), (108, 4), (112, 8), (120, 8), (128, 8), (136, 8)]
    let values: [UInt64] = [0, 1, 63, 1_025, 1 << 24 + 64, 1 << 28 + 1, 1 << 31, 1 << 63, .max]
    for (offset, width) in fields {
      for value in values {
        let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        // The size of the header itself is told and not used.
        guard offset != 108 else { continue }
        #expect(refusal(try damaged(offset, bytes))?.code == .corrupt, "\(value) at \(offset)")
      }
    }
  }

  @Test func `a file that is sparse and claims to be huge is attached or refused, and no more`()
    throws
  {
    for blockCount in [1 << 22, 1 << 28] {
      for blockSize in [64, 1 << 24] {
        let path = scratch.database("sparse-\(blockCount)-\(blockSize)")
        let geometry = Geometry(blockSize: blockSize, blockCount: blockCount)
        let layout = try SegmentLayout(geometry, place: "a test")
        let header = try Data(contentsOf: URL(fileURLWithPath: makeHeader(of: layout)))
        try header.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        // Where the file system has no files that large there is nothing to be found.
        guard (try? file.truncate(atOffset: UInt64(layout.totalBytes))) != nil else { continue }
        do throws(StoreError) {
          let segment = try Segment.attach(path: path, writable: true)
          #expect(segment.region.count == layout.totalBytes)
        } catch {
          #expect(error.code == .noRoom, "\(error)")
        }
      }
    }
  }

  /// A file with the header of a segment, and nothing else of it.
  private func makeHeader(of layout: SegmentLayout) throws -> String {
    let whole = scratch.path + "/header"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: makeSegment("whole"))).prefix(4_096)
    func set<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
      for index in 0..<Number.bitWidth / 8 {
        bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (index * 8))
      }
    }
    set(UInt32(layout.blockSize), at: 96)
    for (index, value) in [
      layout.blockCount, layout.maximumBlockCount, layout.indexGroupCount, layout.totalBytes,
      layout.participantsOffset, layout.lanesOffset, layout.changesOffset, layout.indexOffset,
      layout.blockHeadersOffset, layout.blockStampsOffset, layout.blocksOffset,
    ].enumerated() {
      set(UInt64(value), at: 112 + index * 8)
    }
    set(UInt64(layout.blockCount), at: 264)
    set(IndexState(groupCount: layout.indexGroupCount).rawValue, at: 280)
    try bytes.write(to: URL(fileURLWithPath: whole))
    try FileManager.default.removeItem(atPath: scratch.database("whole"))
    return whole
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

  @Test func `a state of the index that is scribbled while memory is prepared is no trap`() throws {
    let path = try makeSegment()
    let segment = try Segment.attach(path: path, writable: true, mapping: .prefault)
    for logarithm: UInt64 in [0, 31, 62, 63] {
      for epoch: UInt64 in [0, 1] {
        let word = segment.region.word(at: shm_header_index_state)
        word.storeRelaxed(epoch << 32 | logarithm)
        try segment.prepareCommittedMemory()
      }
    }
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

  @Test func `whoever cannot remove the name says so, and leaves the segment to its users`() throws
  {
    let path = try makeSegment()
    let segment = try Segment.attach(path: path, writable: true)
    // One who was stopped while it removed the name.
    let lock = try segment.openAgain()
    #expect(shm_lock_byte(lock, 0) == 0)
    let error = #expect(throws: StoreError.self) { try segment.drop() }
    #expect(error?.code == .system && segment.isLive)
    // It dies.
    _ = shm_close(lock)
    try segment.drop()
    #expect(!segment.isLive && !FileManager.default.fileExists(atPath: path))
  }

  @Test func `a state that is none is no state to go on with`() throws {
    let segment = try Segment.attach(path: makeSegment(), writable: true)
    segment.region.word(at: shm_header_state).storeRelaxed(77)
    let error = #expect(throws: StoreError.self) { try segment.checkLive() }
    #expect(error?.code == .corrupt && error?.reason.contains("77") == true)
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
