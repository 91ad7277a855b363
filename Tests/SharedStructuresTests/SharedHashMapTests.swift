import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

@Suite struct SharedHashMapTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  @Test func `an example of a hash map`() throws {
    let counts = try makeStore().hashMap(
      "counts", of: UInt64.self, to: UInt32.self, creating: 1_000)
    for _ in 0..<2 { try counts.update(7) { ($0 ?? 0) + 1 } }
    #expect(try counts.get(7) == 2 && counts.get(8) == nil && counts.count == 1)
  }

  @Test(arguments: [16, 500])
  func `a hash map does what a dictionary does`(range: UInt64) throws {
    var generator = SeededGenerator()
    let map = try makeStore().hashMap("map", of: Triple.self, to: Triple.self, creating: 300)
    var model: [UInt64: Triple] = [:]
    for _ in 0..<5_000 {
      let number = generator.next() % range
      let value = Triple(generator.next())
      switch generator.next() % 5 {
      case 0 where model.count < 300:
        #expect(try map.put(Triple(number), value) == model.updateValue(value, forKey: number))
      case 1: #expect(try map.remove(Triple(number)) == model.removeValue(forKey: number))
      case 2:
        try map.update(Triple(number)) { $0 == nil ? nil : value }
        if model[number] != nil { model[number] = value }
      default: #expect(try map.get(Triple(number)) == model[number])
      }
    }
    var left: [UInt64: Triple] = [:]
    try map.forEach {
      #expect($0.key.isWhole && left.updateValue($0.value, forKey: $0.key.first) == nil)
      return true
    }
    #expect(try left == model && map.count == model.count)
  }

  @Test func `threads that count lose nothing, and a full map says so`() throws {
    let map = try makeStore().hashMap("map", of: UInt64.self, to: UInt64.self, creating: 20)
    let count = 3_000 * scale
    try inThreads(
      [@Sendable () throws -> Void](
        repeating: { for step in 0..<count { try map.update(UInt64(step % 7)) { ($0 ?? 0) + 1 } } },
        count: 3))
    var sum: UInt64 = 0
    try map.forEach {
      sum += $0.value
      return true
    }
    #expect(sum == UInt64(3 * count))
    let refusal = #expect(throws: StoreError.self) {
      for key in 100..<300 as Range<UInt64> { try map.put(key, 0) }
    }
    #expect(refusal?.code == .full)
  }
}
