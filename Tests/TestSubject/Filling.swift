import Foundation
import SimDB
import TestSupport

/// A memory file system without room.
extension TestSubject {
  /// Fills the file system of `directory` beside a store, and goes on with the store.
  static func fillFileSystem(_ directory: String) throws {
    func creation(_ geometry: Geometry) -> String {
      do {
        return try Database.create("\(directory)/too-large.simdb", geometry) ? "created" : "found"
      } catch {
        return error.code.rawValue
      }
    }
    print(creation(Geometry(blockSize: 4_096, blockCount: 8_192, participantCount: 16)))
    let small = Geometry(blockSize: 64, blockCount: 16_384, participantCount: 16)
    let store = try Database.open("\(directory)/store.simdb", creating: small)
    _ = try Filler(in: directory)
    print(creation(small))
    // Every page of it is touched, and none can come from anywhere any more.
    var count = 0
    while (try? store.put("key \(count)", [UInt8](repeating: 7, count: 64))) != nil { count += 1 }
    for number in 0..<count where try store.get("key \(number)")?.count != 64 { print("lost") }
    print("\(count) entries, \(store.check())")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    print(names.sorted().joined(separator: " "))
  }
}

/// A file that takes all memory its file system has left.
private final class Filler {
  private let file: FileHandle
  private var pageCount = 0

  init(in directory: String) throws {
    let path = directory + "/filler"
    try Data().write(to: URL(filePath: path))
    file = try FileHandle(forWritingTo: URL(filePath: path))
    takeRest()
  }

  func takeRest() {
    while (try? file.write(contentsOf: Data(repeating: 1, count: 4_096))) != nil { pageCount += 1 }
  }

  /// Gives one page back.
  ///
  /// - Returns: `false` when there is none to give.
  func givePage() throws -> Bool {
    guard pageCount > 0 else { return false }
    pageCount -= 1
    try file.truncate(atOffset: UInt64(pageCount) * 4_096)
    return true
  }
}

/// What a growing store met while its file system was full.
private struct Shortages {
  /// Times that there was no memory for more blocks, and for a greater index.
  var ofBlocks = 0
  var ofIndex = 0
  /// What should not have been.
  var complaints: [String] = []
}

extension TestSubject {
  /// Fills a store that grows in a small file system, which is full but for the pages that are given back
  /// one by one whenever there is no room.
  static func growInFullFileSystem(_ directory: String) throws {
    let geometry = Geometry(
      blockSize: 64, blockCount: 256, maximumBlockCount: 4_096, participantCount: 16)
    let store = try Database.open("\(directory)/store.simdb", creating: geometry)
    let filler = try Filler(in: directory)
    var shortages = Shortages()
    var count = 0
    var refusal: StoreError?
    while refusal?.code != .full {
      do throws(StoreError) {
        try store.put("key \(count)", "value \(count)")
        count += 1
        refusal = nil
      } catch {
        if error.code == .noRoom, refusal == nil {
          try lookAround(store, error, count: count, &shortages)
        }
        refusal = error
        if error.code != .full, try !filler.givePage() { break }
      }
    }
    filler.takeRest()
    if let refusal { try lookAround(store, refusal, count: count, &shortages) }
    let hasRun = shortages.ofBlocks > 2 && shortages.ofIndex > 0
    print("\(hasRun ? "blocks and index were refused memory" : "\(shortages)")")
    print("\(refusal?.code.rawValue ?? "no error") at \(count) entries")
    print("\(shortages.complaints), \(store.check())")
  }

  /// Checks that a store without room has lost nothing, and does what needs none.
  private static func lookAround(
    _ store: Database, _ refusal: StoreError, count: Int, _ shortages: inout Shortages
  ) throws {
    let statistics = try store.statistics()
    let isOfIndex = statistics.freeBlocks > statistics.freeReservedBlocks
    if refusal.code == .noRoom {
      if isOfIndex { shortages.ofIndex += 1 } else { shortages.ofBlocks += 1 }
    }
    func expect(_ holds: Bool, _ complaint: String) {
      if !holds { shortages.complaints.append("\(complaint) at \(count) entries") }
    }
    let limit = refusal.code == .noRoom ? "No space left on device" : "4092 blocks"
    expect(
      refusal.place == "database 'store'" && refusal.reason.contains(limit), "\(refusal)")
    expect(statistics.entries == count, "\(statistics.entries) entries")
    expect(store.check() == [], "\(store.check())")
    for number in 0..<count {
      let value = try store.get("key \(number)", as: String.self)
      expect(value == "value \(number)", "key \(number) has \(value ?? "no value")")
    }
    try store.put("key 0", "another")
    try store.put("key 0", "value 0")
    expect(try store.delete("key 1"), "key 1 was not deleted")
    try store.put("key 1", "value 1")
  }
}
