import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Bytes as the file of a store: attaching, and everything that can be done afterwards.
extension FuzzTarget {
  static let attach = FuzzTarget(name: "attach", seeds: seededStores) { input in
    let path = file("attach.simdb")
    defer { try? FileManager.default.removeItem(atPath: path) }
    for isWritable in [false, true] {
      // The writer begins with what the bytes say, too.
      write(SparseFile.decode(input), to: path)
      let opened = try? isWritable ? Database.open(path) : Database.openReadOnly(path)
      guard let store = opened else { continue }
      // Always the same, so that a finding can be repeated.
      var generator = SeededGenerator(seed: 1)
      let uses = StoreUse.looks + StoreUse.counts + (isWritable ? StoreUse.changes : [])
      for _ in 0..<2 {
        for use in uses { try? use(store, &generator) }
        useKnownEntries(of: store)
      }
    }
  }

  /// What the seeds hold is looked at by its own names.
  private static func useKnownEntries(of store: Database) {
    for key in (try? store.keys()) ?? [] {
      _ = try? store.entry(key)
      _ = try? store.withValue(key) { span, _ in span.array }
      _ = try? store.queue(String(decoding: key, as: UTF8.self))
      if store.isWritable { _ = try? store.compareAndSet(key, "changed", generation: 9) }
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) {
    guard let file = try? FileWriter(path: path) else { return }
    try? file.write(bytes)
    try? file.finish()
  }

  /// Makes it look as if the writer had died between replacing a key's word and what follows.
  private static func announce(in segment: Segment) {
    let layout = segment.layout
    let slots = stride(from: layout.indexOffset, to: layout.blockHeadersOffset, by: 8)
    // A live word; what it replaced was the incarnation before.
    guard let slot = slots.first(where: { segment.region.word(at: $0).loadRelaxed() & 3 == 1 })
    else { return }
    let word = segment.region.word(at: slot).loadRelaxed()
    let lane = segment.region.region(at: layout.lanesOffset, count: 128)
    for (offset, value) in [(16, word &- 1 << 31), (24, word), (8, UInt64(slot))] {
      lane.word(at: offset).storeRelaxed(value)
    }
  }

  /// Stores in all states: new, full of all kinds of entries, fragmented, with what the dead left.
  private static func seededStores() throws -> [[UInt8]] {
    let geometry = Geometry(blockSize: 64, blockCount: 64, participantCount: 2)
    func image(
      planting: (Segment) -> Void = { _ in }, _ fill: (Database) throws -> Void
    ) throws -> [UInt8] {
      let path = file("seed.simdb")
      defer { try? FileManager.default.removeItem(atPath: path) }
      let store = try Database.open(path, creating: geometry)
      try fill(store)
      planting(try Segment.attach(path: path, writable: true))
      // While it is attached: with its row, its lane, and what it keeps.
      return try SparseFile.encode([UInt8](Data(contentsOf: URL(filePath: path))))
    }
    return try [
      image { _ in },
      image { store in
        try store.put("short", "value", type: .utf8)
        try store.put("a key that its header has no room for", "value", type: .json)
        try store.put("typed", "value", type: TypeID(rawValue: 70_000))
        try store.put("long", [UInt8](repeating: 7, count: 500))
        try store.put("gone", "value")
        try store.delete("gone")
      },
      image { store in
        for number in 0..<60 { try store.put("\(number)", "v") }
        for number in 0..<30 { try store.delete("\(number * 2)") }
        try store.put("fragmented", [UInt8](repeating: 7, count: 1_000))
      },
      image { store in
        let queue = try store.queue(
          "queue", creating: QueueGeometry(capacity: 4, payloadCapacity: 56))
        for cycle in 0..<3 {
          let payload = [UInt8](repeating: 7, count: cycle * 50)
          _ = try queue.push(Message(cycle: UInt64(cycle)), payload: payload.rawSpan)
        }
        try queue.pop { _, _ in }
      },
      image(planting: announce) { try $0.put("announced", "value") },
      image { store in
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<400 { StoreUse.attemptAny(store, &generator) }
      },
    ]
  }
}
