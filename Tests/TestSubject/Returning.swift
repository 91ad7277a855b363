import Foundation
import SharedMemory
import SimDB
import TestSupport

#if os(Linux)
  /// A process that opens and closes stores for as long as it lives.
  extension TestSubject {
    /// What a process holds of what it may run out of.
    private struct Holdings {
      let descriptors: Int
      let mappings: Int
      /// Memory of its own, in KiB.
      let memory: Int

      static func now() throws -> Holdings {
        let files = FileManager.default
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let memory = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        return Holdings(
          descriptors: try files.contentsOfDirectory(atPath: "/proc/self/fd").count,
          mappings: maps.utf8.count { $0 == 10 },
          memory: memory?.split(separator: " ").compactMap { Int($0) }.first ?? 0)
      }
    }

    /// Opens a store, does everything with it and closes it, `count` times, and tells what it then
    /// holds more than after a tenth of them.
    static func reopen(_ name: String, seed: UInt64, count: UInt64) throws {
      var generator = SeededGenerator(seed: seed)
      let geometry = Geometry(blockSize: 64, blockCount: 256, participantCount: 16)
      func visit() throws {
        let store = try Database.open(name, creating: geometry)
        let viewer = try Database.openReadOnly(name)
        for use in StoreUse.looks + StoreUse.counts + StoreUse.changes {
          try? use(store, &generator)
          try? use(viewer, &generator)
        }
        // What another thread keeps of the store goes with the thread.
        let seed = generator.next()
        try inThreads([
          {
            var numbers = SeededGenerator(seed: seed)
            for _ in 0..<4 { StoreUse.attemptAny(store, &numbers) }
          }
        ])
        for key in try store.keys() where generator.next() % 2 == 0 { try store.delete(key) }
      }
      for _ in 0..<count / 10 { try visit() }
      let before = try Holdings.now()
      for _ in count / 10..<count { try visit() }
      // Threads that have done all they had to do may still be about to let go of their store.
      _ = eventually { (try? Holdings.now().descriptors <= before.descriptors) ?? false }
      let after = try Holdings.now()
      print("descriptors \(after.descriptors - before.descriptors)")
      print("mappings \(after.mappings - before.mappings)")
      print("memory \(after.memory - before.memory)")
    }
  }
#endif
