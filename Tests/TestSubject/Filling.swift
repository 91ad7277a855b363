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
    let filler = directory + "/filler"
    try Data().write(to: URL(filePath: filler))
    let file = FileHandle(forWritingAtPath: filler)
    while (try? file?.write(contentsOf: Data(repeating: 1, count: 4_096))) != nil {}
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
