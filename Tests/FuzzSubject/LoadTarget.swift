import Foundation
import SharedMemory
import SimDB
import TestSupport

/// Bytes as a saved file, as they are and with all checksums made right.
extension FuzzTarget {
  static let load = FuzzTarget(name: "load", seeds: seededFiles) { input in
    let path = file("saved")
    defer { try? FileManager.default.removeItem(atPath: path) }
    for bytes in [input, SavedBytes.repaired(input)] {
      do {
        let file = try FileWriter(path: path)
        try file.write(bytes)
        try file.finish()
      } catch {
        preconditionFailure("\(error)")
      }
      loadAndCheck(path)
      _ = try? Database.geometry(ofSaved: path)
    }
  }

  private static func loadAndCheck(_ path: String) {
    let name = file("load.simdb")
    guard
      let store = try? Database.open(
        name, creating: Geometry(blockSize: 64, blockCount: 256, participantCount: 2))
    else { preconditionFailure("no store to load into") }
    defer { try? store.drop() }
    do throws(StoreError) {
      try store.put("before", "value")
      let count = try store.load(from: path)
      let keyCount = try store.keys().count
      precondition(keyCount <= count + 1, "more was loaded than the file holds")
    } catch {
      // What has no room is told half-way; a damaged file changes nothing.
      precondition(
        error.code == .full || (try? store.entries().map(\.entry.bytes)) == [Array("value".utf8)],
        "loading failed and changed the store: \(error)")
    }
    precondition(store.check() == [], "\(store.check())")
  }

  private static func seededFiles() throws -> [[UInt8]] {
    let path = file("seed")
    let store = try Database.open(
      file("seed.simdb"), creating: Geometry(blockSize: 64, blockCount: 1_024))
    defer { try? store.drop() }
    var files: [[UInt8]] = []
    for key in ["", "key", "a key that its header has no room for"] {
      if !key.isEmpty {
        try store.put(key, [UInt8](repeating: 7, count: key.count * 5), type: .utf8)
      }
      try store.save(to: path)
      files.append(try [UInt8](Data(contentsOf: URL(filePath: path))))
    }
    return files
  }
}

/// The bytes of a saved file; `Documentation/SaveFormat.md` draws them.
private enum SavedBytes {
  private static let hash = KeyHash(seed: 0)

  /// The same with the checksums of header, entries and end made right, as far as there are any: a
  /// fuzzer does not guess them.
  static func repaired(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    guard bytes.count >= 64 else { return bytes }
    seal(&bytes, 0..<56, at: 56)
    var offset = 64
    while offset + 24 <= bytes.count {
      if number(bytes, at: offset, count: 4) == 0x5f44_4e45 {
        seal(&bytes, offset..<offset + 16, at: offset + 16)
        break
      }
      let key = number(bytes, at: offset + 4, count: 4)
      let value = number(bytes, at: offset + 8, count: 8)
      let left = UInt64(bytes.count - offset - 24)
      guard key <= left, value <= left - key, left - key - value >= 8 else { break }
      let keyStart = offset + 24
      let valueStart = keyStart + Int(key)
      let end = valueStart + Int(value)
      let parts = [offset..<keyStart, keyStart..<valueStart, valueStart..<end]
        .flatMap { littleEndian(hash(Array(bytes[$0]).rawSpan)) }
      bytes.replaceSubrange(end..<end + 8, with: littleEndian(hash(parts.rawSpan)))
      offset = end + 8
    }
    return bytes
  }

  private static func seal(_ bytes: inout [UInt8], _ range: Range<Int>, at offset: Int) {
    let sum = hash(Array(bytes[range]).rawSpan)
    bytes.replaceSubrange(offset..<offset + 8, with: littleEndian(sum))
  }

  private static func number(_ bytes: [UInt8], at offset: Int, count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func littleEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
}
