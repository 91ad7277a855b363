import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct SharedHeapTests {
  let scratch = Scratch()

  func makeStore(blocks: Int = 65_536) throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: blocks))
  }

  @Test func `an example of a heap`() throws {
    let database = try makeStore()
    let scene = try database.heap("scene", creating: true)
    let mesh = try scene.allocate(byteCount: 480)
    try scene.withMutableBytes(mesh) { bytes in
      for offset in 0..<bytes.byteCount {
        bytes.storeBytes(of: 7, toByteOffset: offset, as: UInt8.self)
      }
    }
    try scene.publish(mesh)
    #expect(try scene.withBytes(mesh) { $0.byteCount } == 480)
    #expect(try scene.bytes(mesh) == [UInt8](repeating: 7, count: 480))
    try scene.free(mesh)
    let error = #expect(throws: StoreError.self) { try scene.bytes(mesh) }
    #expect(error?.code == .notFound)
  }

  /// As many bytes as `count`, that tell it.
  func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
  }

  @Test func `what is allocated is there until it is freed, and then its handle is refused`() throws
  {
    var generator = SeededGenerator()
    let database = try makeStore()
    let heap = try database.heap("heap", creating: true)
    let sizes = [0, 1, 16, 17, 48, 49, 112, 113, 1_000, 4_080, 4_081, 20_000]
    var model: [HeapHandle: Int] = [:]
    var freed: [HeapHandle] = []
    for _ in 0..<3_000 {
      if generator.next() % 5 < 3 {
        let count = sizes.randomElement(using: &generator) ?? 0
        let type = TypeID(rawValue: UInt32(count))
        let allocation = try heap.allocate(pattern(count).rawSpan, type: type)
        #expect(model.updateValue(count, forKey: allocation) == nil)
        #expect(allocation.rawValue != 0)
      } else if let (allocation, _) = model.randomElement(using: &generator) {
        model[allocation] = nil
        try heap.free(allocation)
        freed.append(allocation)
      }
      if let (allocation, count) = model.randomElement(using: &generator) {
        #expect(try heap.bytes(allocation) == pattern(count))
        #expect(try heap.type(allocation).rawValue == UInt32(count))
      }
      if let allocation = freed.randomElement(using: &generator) {
        let error = #expect(throws: StoreError.self) { try heap.free(allocation) }
        #expect(error?.code == .notFound)
      }
    }
    let facts = try heap.facts()
    #expect(facts.allocations == model.count && facts.unpublished == 0)
    #expect(facts.bytes == model.values.reduce(0, +))
    #expect(facts.large == model.values.count { $0 > 4_080 })
    var found: Set<HeapHandle> = []
    try heap.forEach { found.insert($0).inserted }
    #expect(found == Set(model.keys))
    let reader = try Database.openReadOnly(scratch.database()).heap("heap")
    for (allocation, count) in model { #expect(try reader.bytes(allocation) == pattern(count)) }
    for allocation in model.keys { try heap.free(allocation) }
    #expect(try heap.facts().allocations == 0)
    #expect(try database.deleteStructure("heap"))
    #expect(try database.keys(prefix: "heap").isEmpty && database.check() == [])
  }

  @Test func `what is new is zero, and belongs to who allocated it`() throws {
    let database = try makeStore()
    let heap = try database.heap("heap", creating: true)
    for count in [100, 10_000] {
      let first = try heap.allocate([UInt8](repeating: 9, count: count).rawSpan)
      try heap.free(first)
      let second = try heap.allocate(byteCount: count)
      #expect(try heap.bytes(second) == [UInt8](repeating: 0, count: count))
      #expect(try heap.facts().unpublished == 1)
      // A reader is another.
      let reader = try Database.openReadOnly(scratch.database()).heap("heap")
      let early = #expect(throws: StoreError.self) { try reader.bytes(second) }
      #expect(early?.code == .inUse)
      try heap.publish(second)
      try heap.publish(second)
      #expect(try reader.bytes(second).count == count)
      let late = #expect(throws: StoreError.self) { try heap.withMutableBytes(second) { _ in } }
      #expect(late?.code == .inUse)
      let refusal = #expect(throws: StoreError.self) { try reader.free(second) }
      #expect(refusal?.code == .readOnly)
      try heap.free(second)
    }
    let negative = #expect(throws: StoreError.self) { try heap.allocate(byteCount: -1) }
    #expect(negative?.code == .invalidArgument)
  }

  @Test func `what is freed while it is lent is said to be`() throws {
    let heap = try makeStore().heap("heap", creating: true)
    for count in [100, 10_000] {
      let allocation = try heap.allocate(pattern(count).rawSpan)
      let error = #expect(throws: StoreError.self) {
        try heap.withBytes(allocation) { bytes in
          try heap.free(allocation)
          _ = try heap.allocate([UInt8](repeating: 1, count: count).rawSpan)
          // A large one stays as it was.
          if count > 4_080 { #expect(bytes.array == pattern(count)) }
        }
      }
      #expect(error?.code == .notFound)
    }
  }

  @Test func `what the dead have allocated and not published is freed when room is needed`() throws
  {
    let database = try makeStore()
    let heap = try database.heap("heap", creating: true)
    let first = try heap.allocate(byteCount: 20)
    let pool = try #require(try heap.knownPool(HeapClass.number(20)))
    // All but the unit without a number, and that of the first.
    for _ in 0..<62 { _ = try #require(try pool.take(QueueCells.dead)) }
    let reserved = try heap.facts().reserved
    for _ in 0..<62 { try heap.publish(heap.allocate(byteCount: 20)) }
    #expect(try heap.facts().reserved == reserved && heap.facts().unpublished == 1)
    try heap.publish(first)
    // One that is large, and one that was being freed.
    let large = try [heap.allocate(byteCount: 10_000), heap.allocate(byteCount: 10_000)]
    for (allocation, state) in zip(large, [UnitWord.State.allocated, .gone]) {
      let place = try heap.place(of: allocation)
      place.word.storeRelaxed(
        UnitWord(rawValue: 0).next(state, QueueCells.dead.rawValue).rawValue)
      place.keep()
    }
    #expect(try heap.sweep() == 1 && heap.facts().large == 0)
    #expect(try heap.facts().allocations == 63 && heap.sweep() == 0)
  }

  @Test func `a full store refuses, and nothing is lost by it`() throws {
    let database = try makeStore(blocks: 4_096)
    let heap = try database.heap("heap", creating: true)
    var allocations: [HeapHandle] = []
    for count in [2_000, 30_000, 10] {
      var refusal: StoreError?
      while refusal == nil {
        do throws(StoreError) {
          allocations.append(try heap.allocate(pattern(count).rawSpan))
        } catch { refusal = error }
      }
      #expect(refusal?.code == .full)
    }
    for _ in 0..<2 {
      for allocation in allocations { try heap.free(allocation) }
      #expect(try heap.facts().allocations == 0)
      let count = allocations.count
      allocations = try (0..<count).map { _ in try heap.allocate(pattern(10).rawSpan) }
    }
  }

  @Test func `a count of numbers that is none is corrupt, and nobody's allocation is another's`()
    throws
  {
    let heap = try makeStore().heap("heap", creating: true)
    let first = try heap.allocate([UInt8](repeating: 5, count: 5_000).rawSpan)
    let count = heap.handle.region.word(at: HeapLayout.large)
    for value in [.max, .max - 1, 1 << 59, (1 << 59) - 1, 0] as [UInt64] {
      count.storeRelaxed(value)
      let error = #expect(throws: StoreError.self) { try heap.allocate(byteCount: 5_000) }
      #expect(error?.code == .corrupt)
    }
    #expect(try heap.bytes(first).allSatisfy { $0 == 5 })
  }

  @Test func `a reader that pins nothing is told when another lies there`() throws {
    let heap = try makeStore().heap("heap", creating: true)
    let reader = try Database.openReadOnly(scratch.database()).heap("heap")
    for count in [100, 10_000] {
      var allocation = try heap.allocate(pattern(count).rawSpan)
      for _ in 0..<4 {
        var next = allocation
        let error = #expect(throws: StoreError.self) {
          try reader.withBytes(allocation) { _ in
            try heap.free(allocation)
            next = try heap.allocate(pattern(count).rawSpan)
          }
        }
        #expect(error?.code == .notFound)
        allocation = next
      }
      try heap.free(allocation)
    }
  }

  @Test func `threads allocate, hand on and free, and each has its own`() throws {
    let database = try makeStore()
    let heap = try database.heap("heap", creating: true)
    let queue = try database.queue(
      "handles", of: HeapHandle.self, creating: ElementQueueGeometry(capacity: 256))
    let total = 4_000 * scale
    let taken = LocalMutex(0)
    let allocating: @Sendable () throws -> Void = {
      var generator = SeededGenerator()
      for _ in 0..<total / 2 {
        let count = Int(generator.next() % 300)
        let allocation = try heap.allocate(pattern(count).rawSpan)
        #expect(try queue.push(allocation, timeoutNanoseconds: .max) == .pushed)
      }
    }
    let freeing: @Sendable () throws -> Void = {
      while taken.withLock({ $0 }) < total {
        guard let allocation = try queue.pop(timeoutNanoseconds: 1_000_000) else { continue }
        let isWhole = try heap.withBytes(allocation) { $0.array == pattern($0.byteCount) }
        #expect(isWhole)
        try heap.free(allocation)
        taken.withLock { $0 += 1 }
      }
    }
    try inThreads([allocating, allocating, freeing, freeing])
    #expect(try heap.facts().allocations == 0)
  }

  @Test func `handles of any bits, and units of any bytes, are refused at worst`() throws {
    var generator = SeededGenerator()
    for _ in 0..<60 * scale {
      let database = try Database.anonymous(Geometry(blockCount: 4_096))
      let heap = try database.heap("heap", creating: true)
      let allocations = try [10, 100, 5_000].map { try heap.allocate(pattern($0).rawSpan) }
      let pool = try #require(try heap.knownPool(HeapClass.number(100)))
      let region = pool.region
      for _ in 0..<4 {
        let word = region.word(
          at: NodeLayout.headerSize + Int(generator.next() % UInt64((region.count - 768) / 8)) * 8)
        word.storeRelaxed(
          generator.next() % 2 == 0
            ? generator.next() : word.loadRelaxed() ^ 1 << (generator.next() % 64))
      }
      for _ in 0..<20 {
        var bits = generator.next()
        if generator.next() % 2 == 0, let some = allocations.randomElement(using: &generator) {
          bits = some.rawValue ^ 1 << (generator.next() % 64)
        }
        do throws(StoreError) {
          _ = try heap.bytes(HeapHandle(rawValue: bits))
          try heap.free(HeapHandle(rawValue: bits))
        } catch { #expect([.notFound, .corrupt, .inUse].contains(error.code)) }
      }
      do throws(StoreError) {
        for _ in 0..<200 { try heap.publish(heap.allocate(byteCount: 100)) }
        _ = try heap.facts()
        try heap.sweep()
      } catch { #expect([.corrupt, .full].contains(error.code)) }
    }
  }
}
