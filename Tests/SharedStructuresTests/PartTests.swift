import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

@Suite struct PartTests {
  let scratch = Scratch()

  private func makeStructure(_ store: Database) throws -> StructureHandle {
    try store.structure("jobs", type: .stack, creating: (byteCount: 64, initialize: { _ in }))
  }

  @Test func `a part is made once, found by all, and gone when it is removed`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let structure = try makeStructure(store)
    #expect(try structure.part(7) == nil)
    let made = try #require(
      try structure.part(
        7, creating: (byteCount: 128, initialize: { $0.word(at: 0).storeRelaxed(5) })))
    let found = try #require(
      try makeStructure(store).part(7, creating: (byteCount: 128, initialize: { _ in })))
    #expect(found.region.word(at: 0).loadRelaxed() == 5)
    #expect(try structure.removePart(7) && !structure.removePart(7))
    #expect(try structure.part(7) == nil)
    // Who has it goes on with it.
    #expect(made.region.word(at: 0).loadRelaxed() == 5)
  }

  @Test func `a structure made again under its name has none of the old one's parts`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let old = try makeStructure(store)
    _ = try old.part(0, creating: (byteCount: 64, initialize: { _ in }))
    try store.delete("jobs")
    #expect(try makeStructure(store).part(0) == nil)
  }

  @Test func `deleting a structure leaves nothing of it, and nothing else is deleted`() throws {
    let viewer = try Database.open(scratch.database(), creating: Geometry())
    let before = try viewer.statistics().usedBlocks
    do {
      let store = try Database.open(scratch.database())
      try store.put("jobs/other", "value")
      let others = ["jobs/part/arm", "jobs/part/7", "jobs/part/7/arm", "jobs/payload/camera"]
      for key in others { try store.put(key, "value") }
      let structure = try makeStructure(store)
      for number in 0..<3 {
        _ = try structure.part(UInt64(number), creating: (byteCount: 640, initialize: { _ in }))
      }
      #expect(try store.deleteStructure("jobs"))
      #expect(try !store.deleteStructure("jobs"))
      #expect(try Set(store.keys()) == Set((others + ["jobs/other"]).map { Array($0.utf8) }))
      for key in others + ["jobs/other"] { try store.delete(key) }
    }
    // Nobody keeps blocks to spare any more.
    #expect(try viewer.statistics().usedBlocks == before)
  }

  @Test func `parts are not saved, nor named beside their structure`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry())
    let structure = try makeStructure(store)
    _ = try structure.part(0, creating: (byteCount: 64, initialize: { _ in }))
    try store.put("key", "value")
    var left: [[UInt8]] = []
    #expect(try store.save(to: scratch.path + "/saved", structure: { left.append($0) }) == 1)
    #expect(left == [Array("jobs".utf8)])
  }
}
