import Foundation
import SimDB
import TestSupport
import Testing

/// What `open` demands, and how it takes the memory.
@Suite struct OpeningTests {
  let scratch = Scratch()
  private let geometry = Geometry(blockSize: 64, blockCount: 4_096, participantCount: 8)

  @Test func `another geometry than the required one is refused, and nobody is attached`() throws {
    let name = scratch.database()
    let absent = #expect(throws: StoreError.self) {
      _ = try Database.open(name, requiring: geometry)
    }
    #expect(absent?.code == .notFound)
    let store = try Database.open(name, creating: geometry, requiring: geometry)
    #expect(try Database.open(name, requiring: geometry).uuid == store.uuid)
    #expect(try Database.openReadOnly(name, requiring: geometry).uuid == store.uuid)
    for wanted in [
      Geometry(blockSize: 128, blockCount: 4_096, participantCount: 8),
      Geometry(blockSize: 64, blockCount: 4_095, participantCount: 8),
      Geometry(blockSize: 64, blockCount: 4_096, participantCount: 9),
    ] {
      for open in [
        { try Database.open(name, requiring: wanted) },
        { try Database.open(name, creating: wanted, requiring: wanted) },
        { try Database.openReadOnly(name, requiring: wanted) },
      ] {
        let error = #expect(throws: StoreError.self) { _ = try open() }
        #expect(error?.code == .geometryMismatch)
        #expect(error?.reason.contains("\(wanted)") == true)
        #expect(error?.reason.contains("\(geometry)") == true)
      }
    }
    #expect(try store.participants().count == 1)
  }

  #if os(Linux)
    /// What the system says of this process's mapping of the store.
    private func mapping(_ store: Database) throws -> (start: UInt64, kibibytes: [String: Int]) {
      // Read to its end: its size says nothing.
      let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
      var text = Data()
      while let more = try file.read(upToCount: 65_536), !more.isEmpty { text += more }
      let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
      let first = try #require(lines.firstIndex { $0.hasSuffix(store.path) })
      var facts: [String: Int] = [:]
      for line in lines[(first + 1)...] {
        // `Rss:   232 kB`; the next mapping begins with its addresses.
        let words = line.split(separator: " ")
        guard words[0].hasSuffix(":") else { break }
        if words.count == 3 { facts[String(words[0].dropLast())] = Int(words[1]) }
      }
      let start = lines[first].prefix { $0 != "-" }
      return (try #require(UInt64(start, radix: 16)), facts)
    }

    @Test(arguments: [true, false])
    func `prefaulted memory is there before it is used`(isWritable: Bool) throws {
      let creator = try Database.open(scratch.database("plain"), creating: geometry)
      let plain = try mapping(creator).kibibytes
      #expect(try #require(plain["Rss"]) < #require(plain["Size"]))
      let name = scratch.database()
      _ = try Database.create(name, geometry)
      let store =
        isWritable
        ? try Database.open(name, mapping: .prefault)
        : try Database.openReadOnly(name, mapping: .prefault)
      let facts = try mapping(store).kibibytes
      #expect(try facts["Rss"] == store.statistics().memoryBytes / 1_024)
      #expect(facts["Locked"] == 0)
    }

    @Test func `a store without room for a huge page is opened with none`() throws {
      let small = Geometry(blockSize: 64, blockCount: 64, participantCount: 1)
      let store = try Database.open(
        scratch.database(), creating: small, mapping: [.hugePages, .prefault])
      try store.put("key", "value")
      #expect(try store.get("key", as: String.self) == "value")
      let nameless = try Database.anonymous(small, mapping: [.hugePages, .prefault])
      try nameless.put("key", "value")
      #expect(nameless.check() == [])
    }

    @Test func `huge pages begin where they can, and all else is as ever`() throws {
      let name = scratch.database()
      _ = try Database.create(name, Geometry(blockSize: 64, blockCount: 65_536))
      do {
        let store = try Database.open(name, mapping: [.hugePages, .prefault])
        let facts = try mapping(store)
        #expect(facts.start % (2 << 20) == 0)
        let huge = facts.kibibytes["ShmemPmdMapped"] ?? 0
        withKnownIssue("memory may be too scattered", isIntermittent: true) {
          #expect(huge >= 2_048)
        }
        for number in 0..<1_000 { try store.put("key \(number)", UInt64(number)) }
        let viewer = try Database.openReadOnly(name, mapping: .hugePages)
        for number in 0..<1_000 {
          #expect(try viewer.get("key \(number)", as: UInt64.self) == UInt64(number))
        }
        #expect(store.check() == [])
      } catch let error as StoreError {
        // A kernel that has none says so.
        #expect(error.code == .system && error.remedy.contains("without huge pages"))
      }
    }
  #endif
}
