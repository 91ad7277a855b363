import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Statistics say who holds memory.
@Suite struct StatisticsTests {
  let scratch = Scratch()

  private func open(_ name: String) throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024, participantCount: 8),
      as: name)
  }

  private func holding(_ name: String, in store: Database) throws
    -> Statistics.ParticipantStatistics
  {
    try #require(store.statistics().participants.first { $0.name == name })
  }

  @Test func `what a reader keeps from being used again is told, with whoever replaced it`() throws
  {
    let reader = try open("reader")
    let writer = try open("writer")
    try writer.put("key", [UInt8](repeating: 1, count: 150))
    try writer.put("other", "v")
    try reader.withValue("key") { _, _ in
      try reader.withValue("key") { _, _ in
        try reader.withValue("other") { _, _ in
          let before = try holding("reader", in: writer)
          #expect(before.pins == 3 && before.lanes == 1 && before.heldBytes == 0)
          try writer.put("key", "replaced")
          // Three blocks, however often they are pinned; what still stands is not held by a pin.
          let after = try holding("reader", in: writer)
          #expect(after.pins == 3 && after.heldBytes == 3 * 64)
          #expect(after.allocatedBlocks == 0 && after.retiredBlocks == 0)
          #expect(try holding("writer", in: reader).retiredBlocks == 3)
          #expect(try holding("writer", in: reader).heldBytes == 0)
        }
      }
    }
    #expect(try holding("reader", in: writer).heldBytes == 0)
    #expect(try reader.participants() == reader.statistics().participants)
  }

  @Test func `blocks that are being filled are told`() throws {
    let store = try open("filler")
    let handle = try store.structure(
      "structure", type: .queue,
      creating: (
        byteCount: 200,
        initialize: { _ in
          let statistics = try? store.statistics()
          #expect(statistics?.participants.first?.allocatedBlocks == 4)
          #expect(statistics?.usedBlocks == 4 && statistics?.entries == 0)
        }
      ))
    let statistics = try store.statistics()
    #expect(statistics.participants.first?.allocatedBlocks == 0 && statistics.entries == 1)
    // One lane writes, another holds the structure's pin.
    #expect(statistics.lanesInUse == 2 && statistics.laneCount == 32)
    #expect(statistics.participants.first?.lanes == 2)
    withExtendedLifetime(handle) {}
  }

  @Test func `what a participant left pinned when it went is an orphan until it is swept`() throws {
    let reader = try open("reader")
    var writer: Database? = try open("writer")
    try writer?.put("key", [UInt8](repeating: 1, count: 100))
    try reader.withValue("key") { _, _ in
      try writer?.delete("key")
      #expect(try reader.statistics().orphanedBlocks == 0)
      writer = nil
      let statistics = try reader.statistics()
      #expect(statistics.orphanedBlocks == 2 && statistics.retiredBlocks == 2)
      #expect(statistics.participants.map(\.heldBytes) == [128])
    }
    try reader.sweep()
    #expect(try reader.statistics().orphanedBlocks == 0 && reader.statistics().usedBlocks == 0)
  }
}
