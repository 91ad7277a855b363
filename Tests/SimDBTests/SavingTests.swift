import Foundation
import SimDB
import TestSupport
import Testing

/// Saving to files and loading from them.
@Suite struct SavingTests {
  let scratch = Scratch()
  var file: String { scratch.path + "/saved" }

  func makeStore(_ name: String = "store", blockCount: Int = 4_096) throws -> Database {
    try Database.open(
      scratch.database(name), creating: Geometry(blockSize: 64, blockCount: blockCount))
  }

  func fill(_ store: Database) throws {
    for key in 0..<200 {
      let value = (0..<key * 3).map { UInt8(($0 + key) & 0xff) }
      try store.put(String(repeating: "k", count: key % 40 + 1) + "\(key)", value)
    }
    try store.put("text", "héllo", type: .utf8)
    try store.put("interned", "x", type: TypeID(rawValue: 70_000))
  }

  @Test func `what was saved is loaded, with keys, values and types`() throws {
    let store = try makeStore()
    try fill(store)
    #expect(try store.save(to: file) == 202)
    let geometry = try Database.geometry(ofSaved: file)
    #expect(geometry == store.geometry)
    let other = try Database.open(scratch.database("other"), creating: geometry)
    try other.put("text", "over")
    try other.put("beside", "stays")
    #expect(try other.load(from: file) == 202)
    let entries = try other.entries().filter { $0.key != Array("beside".utf8) }
    let expected = try store.entries()
    #expect(entries.map(\.key) == expected.map(\.key))
    #expect(entries.map(\.entry.bytes) == expected.map(\.entry.bytes))
    #expect(entries.map(\.entry.type) == expected.map(\.entry.type))
    #expect(try other.get("beside") == Array("stays".utf8))
    #expect(other.check() == [])
  }

  @Test func `a read-only attachment can save while others write`() throws {
    let store = try makeStore()
    for key in 0..<100 { try store.put("key \(key)", "0 0") }
    let viewer = try Database.openReadOnly(scratch.database())
    let stopped = Counter()
    try inThreads([
      {
        var round = 0
        while stopped.value == 0 {
          round += 1
          try store.put("key \(round % 100)", "\(round) \(round)")
        }
      },
      {
        defer { stopped.add(1) }
        for _ in 0..<20 {
          let saved = try viewer.save(to: file)
          #expect(saved == 100)
        }
      },
    ])
    let other = try makeStore("other")
    #expect(try other.load(from: file) == 100)
    for item in try other.entries() {
      let parts = String(decoding: item.entry.bytes, as: UTF8.self).split(separator: " ")
      #expect(parts.count == 2 && parts[0] == parts[1])
    }
  }

  @Test func `what is loaded is the file that was checked, whatever takes its place meanwhile`()
    throws
  {
    let store = try makeStore()
    try fill(store)
    try store.save(to: file)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    let other = try makeStore("other")
    let stopped = Counter()
    let loaded = Counter()
    let refused = Counter()
    try inThreads([
      {
        while stopped.value == 0 {
          for bytes in [whole.dropLast(whole.count / 4), whole[...]] {
            let writer = try FileWriter(path: file)
            try writer.write(Array(bytes))
            try writer.finish()
          }
        }
      },
      {
        defer { stopped.add(1) }
        for _ in 0..<500 where loaded.value < 20 || refused.value < 20 {
          for key in try other.keys() { try other.delete(key) }
          do {
            let count = try other.load(from: file)
            #expect(count == 202)
            loaded.add(1)
          } catch {
            #expect((error as? StoreError)?.code == .corrupt)
            #expect(try other.keys().isEmpty, "\(error)")
            refused.add(1)
          }
        }
      },
    ])
    #expect(loaded.value > 0 && refused.value > 0)
  }

  @Test func `any damaged byte and any cut is refused, and changes nothing`() throws {
    let store = try makeStore()
    for key in 0..<3 { try store.put("key \(key)", "value \(key)") }
    try store.save(to: file)
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    let other = try makeStore("other")
    for offset in whole.indices {
      var bytes = whole
      bytes[offset] ^= 0x10
      try bytes.write(to: URL(fileURLWithPath: file))
      let error = #expect(throws: StoreError.self, "byte \(offset)") {
        try other.load(from: file)
      }
      #expect(error?.code == .corrupt && error?.place.contains("byte") == true)
    }
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(fileURLWithPath: file))
      let error = #expect(throws: StoreError.self, "cut to \(count)") {
        try other.load(from: file)
      }
      #expect(error?.code == .corrupt)
    }
    try (whole + [0]).write(to: URL(fileURLWithPath: file))
    #expect(throws: StoreError.self) { try other.load(from: file) }
    #expect(try other.keys() == [])
  }

  @Test func `who writes into a file while it is loaded is found out, and what was loaded is told`()
    throws
  {
    let store = try makeStore(blockCount: 65_536)
    for number in 0..<200 { try store.put("key \(number)", [UInt8](repeating: 1, count: 8_000)) }
    try store.save(to: file)
    let other = try makeStore("other", blockCount: 65_536)
    var loaded = 0
    let error = #expect(throws: StoreError.self) {
      try other.load(from: file) { count in
        loaded = count
        guard count == 1, let handle = FileHandle(forUpdatingAtPath: file) else { return }
        _ = try? handle.seek(toOffset: 1_200_000)
        handle.write(Data([9, 9, 9, 9]))
        try? handle.close()
      }
    }
    #expect(error?.code == .corrupt && error?.remedy.contains("\(loaded), were loaded") == true)
    #expect(try other.keys().count == loaded && loaded > 1)
    #expect(other.check() == [])
  }

  @Test func `saving and loading where it cannot be says so, and leaves no file`() throws {
    let store = try makeStore()
    try fill(store)
    #expect(throws: StoreError.self) { try store.save(to: scratch.path + "/absent/saved") }
    let absent = #expect(throws: StoreError.self) { try store.load(from: file) }
    #expect(absent?.code == .notFound)
    let directory = #expect(throws: StoreError.self) { try store.load(from: scratch.path) }
    #expect(directory?.code == .invalidArgument)
    try store.save(to: file)
    let small = try makeStore("small", blockCount: 128)
    let full = #expect(throws: StoreError.self) { try small.load(from: file) }
    #expect(full?.code == .full)
    #expect(small.check() == [])
    let viewer = try Database.openReadOnly(scratch.database())
    let refused = #expect(throws: StoreError.self) { try viewer.load(from: file) }
    #expect(refused?.code == .readOnly)
    #expect(scratch.names.filter { $0.hasPrefix(".") } == [])
  }
}
