import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

/// The code of the store's error that `body` throws.
private func code(_ body: () throws -> Void) -> StoreError.Code? {
  do { try body() } catch { return (error as? StoreError)?.code }
  return nil
}

@Suite struct TableTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  /// What a table shows, by key.
  private func contents(_ table: Table) throws -> [[UInt8]: TableValue] {
    var contents: [[UInt8]: TableValue] = [:]
    try table.forEach { key, value throws(StoreError) in contents[key] = value }
    return contents
  }

  @Test func `one writes and another reads through a read-only mapping`() throws {
    let database = try makeStore()
    let table = try database.table("joints", creating: TableGeometry(), keys: ["hip", "knee"])
    var writer = try table.writer()
    try writer.set("hip", 0.25)
    let viewer = try Database.openReadOnly(scratch.database()).table("joints")
    #expect(try viewer.get("hip", as: Double.self) == 0.25)
    #expect(try viewer.get("knee") == nil && viewer.get("elbow") == nil)
    #expect(try viewer.version("hip") == 1 && viewer.version("elbow") == 0)
    try writer.set("elbow", "bent")
    #expect(try viewer.get("elbow")?.type == .utf8)
    #expect(try viewer.keyCount == 3)
    #expect(code { _ = try viewer.writer() } == .readOnly)
    #expect(code { _ = try viewer.get("hip", as: UInt16.self) } == .typeMismatch)
  }

  @Test func `a number is got as the number that it is, and as nothing else`() throws {
    let table = try makeStore().table("table", creating: TableGeometry())
    var writer = try table.writer()
    try writer.set("real", 0.25)
    try writer.set("text", "12345678")
    try writer.set("plain", [1, 2, 3, 4, 5, 6, 7, 8] as [UInt8])
    try writer.set("own", [1, 2, 3, 4, 5, 6, 7, 8] as [UInt8], type: TypeID(rawValue: 1_024))
    try writer.set("axes", [1, 2, 3, 4] as InlineArray<4, Double>)
    #expect(try table.get("real")?.type == .f64)
    #expect(try table.get("real", as: Double.self) == 0.25)
    let error = #expect(throws: StoreError.self) { _ = try table.get("real", as: Int64.self) }
    #expect(error?.code == .typeMismatch && error?.reason == "a value is f64, and not i64")
    #expect(code { _ = try table.get("text", as: UInt64.self) } == .typeMismatch)
    let number: UInt64 = 0x0807_0605_0403_0201
    #expect(try table.get("plain", as: UInt64.self) == number)
    #expect(try table.get("own", as: UInt64.self) == number)
    #expect(try table.get("real", as: InlineArray<8, UInt8>.self)?[7] == 0x3f)
    // One that lies in the store beside the table.
    #expect(try table.get("axes", as: InlineArray<4, Double>.self)?[3] == 4)
    #expect(code { _ = try table.get("axes", as: Double.self) } == .typeMismatch)
  }

  @Test func `a table is what a dictionary is, whatever the sizes`() throws {
    var generator = SeededGenerator()
    let database = try makeStore()
    let table = try database.table("table", creating: TableGeometry(capacity: 40))
    var writer = try table.writer()
    var model: [[UInt8]: (type: TypeID, bytes: [UInt8])] = [:]
    for _ in 0..<2_000 * scale {
      let key = Array("key \(Int.random(in: 0..<40, using: &generator))".utf8)
      if Int.random(in: 0..<5, using: &generator) == 0 {
        #expect(try writer.remove(key) == (model.removeValue(forKey: key) != nil))
      } else {
        let isLarge = Int.random(in: 0..<4, using: &generator) == 0
        let count = Int.random(in: isLarge ? 25...2_000 : 0...24, using: &generator)
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let type = TypeID(rawValue: .random(in: 0..<1 << 20, using: &generator))
        try writer.set(key, bytes, type: type)
        model[key] = (type, bytes)
      }
      let value = try table.get(key)
      #expect(value?.bytes == model[key]?.bytes && value?.type == model[key]?.type)
    }
    let shown = try contents(table)
    #expect(shown.mapValues(\.bytes) == model.mapValues(\.bytes))
    // What is not needed any more is not kept: at most two payloads for each large value.
    let large = model.values.count { $0.bytes.count > 24 }
    #expect(try database.keys(prefix: "table/payload/").count <= 2 * large)
    for key in model.keys { try writer.remove(key) }
    #expect(try database.keys(prefix: "table/").isEmpty)
    #expect(try contents(table).isEmpty)
  }

  @Test func `what does not fit is refused and changes nothing`() throws {
    let database = try makeStore()
    let table = try database.table(
      "table", creating: TableGeometry(capacity: 2, keyCapacity: 10), keys: ["one"])
    var writer = try table.writer()
    try writer.set("one", 1 as UInt64)
    func refusal(_ key: String, _ value: [UInt8], type: TypeID = .bytes) -> StoreError.Code? {
      do throws(StoreError) {
        try writer.set(key, value, type: type)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(refusal("too long", [1]) == .full)
    #expect(refusal("", [1]) == .invalidArgument)
    #expect(refusal("one", [1], type: TypeID(rawValue: 1 << 20)) == .invalidArgument)
    #expect(refusal("one", [UInt8](repeating: 1, count: 8 << 20)) == .full)
    #expect(try table.get("one", as: UInt64.self) == 1)
    #expect(refusal("two", [2]) == nil)
    #expect(refusal("six", [6]) == .full)
    #expect(
      code { _ = try database.table("no", creating: TableGeometry(capacity: 0)) }
        == .invalidArgument)
    #expect(
      code { _ = try database.table("no", creating: TableGeometry(capacity: 1), keys: ["a", "b"]) }
        == .invalidArgument)
  }

  @Test func `a second writer is refused and told whose table it is`() throws {
    let database = try makeStore()
    let table = try database.table("table", creating: TableGeometry())
    do {
      let writer = try table.writer()
      let error = #expect(throws: StoreError.self) { _ = try table.writer() }
      #expect(error?.code == .owned)
      let pid = try database.participants()[0].pid
      #expect(error?.reason.contains("process \(pid) ") == true)
      #expect(table.writerFacts?.pid == pid)
      _ = consume writer
    }
    #expect(table.writerFacts == nil)
    let other = try Database.open(scratch.database()).table("table")
    var writer = try other.writer()
    try writer.set("key", 1 as UInt8)
    #expect(code { _ = try table.writer() } == .owned)
    _ = consume writer
  }

  @Test func `a writer takes over what a dead one has left at any step of adding a key`() throws {
    for step in 0..<4 {
      let database = try makeStore()
      let table = try database.table("table \(step)", creating: TableGeometry(), keys: ["first"])
      let region = try database.structure("table \(step)", type: .table, creating: nil).region
      do {
        var writer = try table.writer()
        try writer.set("first", 1 as UInt64)
      }
      // The steps of a writer that died: owner, bytes of the key, count, and no slot.
      let dead = ParticipantIdentity(rawValue: 5 << 10 | 999)
      region.word(at: TableLayout.owner).exchangeSequential(7 << 27 | dead.rawValue)
      let cells = table.cells
      let half = cells.half(1 - TableWord(rawValue: cells.control(0).loadRelaxed()).half, of: 0)
      region.word(at: half).storeRelaxed(.max)
      if step > 0 {
        cells.keyWord(1).storeRelaxed(TableKeyWord(offset: 5, length: 6).rawValue)
      }
      if step > 1 {
        let slots = TableLayout.headerSize + table.geometry.capacity * TableLayout.cellSize
        region.write(
          Array("second".utf8).rawSpan, at: slots + table.geometry.slotCount * 8 + 5)
        region.word(at: TableLayout.count).exchangeSequential(2)
      }
      if step > 2 {
        let isTaken = cells.takeSlot(for: Array("second".utf8).rawSpan, cell: 1)
        #expect(isTaken)
      }
      #expect(try table.get("first", as: UInt64.self) == 1)
      #expect(try table.get("second") == nil)
      var writer = try table.writer()
      #expect(try table.get("first", as: UInt64.self) == 1)
      for (key, value) in [("second", 2), ("third", 3), ("first", 4)] as [(String, UInt64)] {
        try writer.set(key, value)
        #expect(try table.get(key, as: UInt64.self) == value)
      }
      #expect(try table.keyCount == 3)
      #expect(try contents(table).count == 3)
    }
  }

  @Test func `readers in threads see whole values of growing versions`() throws {
    let database = try Database.anonymous(Geometry(blockCount: 8_192))
    let table = try database.table("table", creating: TableGeometry(), keys: ["a", "b"])
    let rounds = UInt64(3_000 * scale)
    let isDone = Counter()
    let reader: @Sendable () throws -> Void = {
      var last: [UInt64] = [0, 0]
      while isDone.value == 0 {
        for (index, key) in ["a", "b"].enumerated() {
          guard let value = try table.get(key) else { continue }
          #expect(value.version >= last[index])
          last[index] = value.version
          #expect(value.bytes.count % 8 == 0)
          // Every word of a value is its number, and its length follows from that.
          let number = value.bytes.rawSpan.number(at: 0, as: UInt64.self)
          let count = number % 7 == 0 ? 100 : Int(number % 3) + 1
          let isWhole = value.bytes.withWords { $0.count == count && $0.allEqual(number) }
          #expect(isWhole)
        }
      }
    }
    try inThreads([
      reader, reader,
      {
        defer { isDone.add(1) }
        var writer = try table.writer()
        for round in 1...rounds {
          let count = round % 7 == 0 ? 100 : Int(round % 3) + 1
          let words = [UInt64](repeating: round, count: count)
          try writer.set(round & 1 == 0 ? "a" : "b", words.span.plainBytes)
          // Who copies meanwhile meets the half of the next value but one, and then none.
          if round % 4 == 0 { try writer.remove("a") }
        }
      },
    ])
    #expect(table.changeCount >= rounds)
  }

  @Test func `who waits is woken by a change, and by no other`() async throws {
    let database = try makeStore()
    let table = try database.table("table", creating: TableGeometry(), keys: ["a", "b"])
    let viewer = try Database.openReadOnly(scratch.database()).table("table")
    #expect(try table.waitForChange(of: "a", after: 0, timeoutNanoseconds: 0) == nil)
    try inThreads([
      { () throws in #expect(try table.waitForChange(of: "a", after: 0) == 1) },
      { () throws in #expect(try viewer.waitForChange(of: "a", after: 0) == 1) },
      { () throws in #expect(try table.waitForChange(after: 0) != nil) },
      {
        #expect(eventually { table.change.word.loadSequential() & 1 != 0 })
        var writer = try table.writer()
        try writer.set("b", 1 as UInt64)
        #expect(try table.waitForChange(of: "a", after: 0, timeoutNanoseconds: 1_000) == nil)
        try writer.set("a", 1 as UInt64)
      },
    ])
    async let change = table.change(of: "b", after: 1)
    async let seen = viewer.change(of: "b", after: 1)
    do {
      var writer = try table.writer()
      try writer.set("b", 2 as UInt64)
    }
    #expect(try await change == 2)
    #expect(try await seen == 2)
    try database.drop()
    #expect(code { _ = try table.waitForChange(of: "a", after: 1) } == .dropped)
  }

  @Test func `a table whose entry is deleted goes on for who has it`() throws {
    let database = try makeStore()
    let table = try database.table("table", creating: TableGeometry(), keys: ["a"])
    var writer = try table.writer()
    try writer.set("a", [UInt8](repeating: 1, count: 500))
    #expect(try database.deleteStructure("table"))
    try writer.set("a", 2 as UInt64)
    #expect(try table.get("a", as: UInt64.self) == 2)
    #expect(try database.keys().isEmpty)
  }

  // MARK: Damage

  /// Looks at all of a table and writes into it.
  private func use(_ table: Table) throws {
    _ = try contents(table)
    _ = try table.get("key 3")
    _ = try table.get("key 4", as: UInt64.self)
    _ = try table.get("absent")
    var writer = try table.writer()
    try writer.set("key 3", 1 as UInt64)
    try writer.set("new", 1 as UInt64)
    try writer.remove("key 5")
  }

  @Test(arguments: [true, false])
  func `a table of any bytes gives values or errors`(attaching: Bool) throws {
    var generator = SeededGenerator()
    let database = try makeStore()
    let whole = try database.table("table", creating: TableGeometry(capacity: 16))
    do {
      var writer = try whole.writer()
      for number in 0..<10 as Range<UInt64> {
        try writer.set("key \(number)", [UInt64](repeating: 7, count: 2).span.plainBytes)
      }
      try writer.set("large", [UInt8](repeating: 1, count: 100))
    }
    let region = try database.structure("table", type: .table, creating: nil).region
    let bytes = region.bytes(at: 0, count: region.count)
    let allowed: [StoreError.Code?] = [
      nil, .corrupt, .incompatible, .owned, .full, .typeMismatch, .contended,
    ]
    var failures = 0
    for _ in 0..<1_500 * scale {
      region.write(bytes.rawSpan, at: 0)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // Mostly the header and the first cells.
        let limit = Bool.random(using: &generator) ? 512 : region.count
        let offset = Int.random(in: 0..<limit / 8, using: &generator) * 8
        let interesting: [UInt64] = [
          0, 1, .max, 1 << 63, 0xffff_ffff, 17, .random(in: .min ... .max, using: &generator),
        ]
        region.word(at: offset)
          .storeRelaxed(interesting.randomElement(using: &generator)!)
      }
      let found = code { try use(attaching ? database.table("table") : whole) }
      #expect(allowed.contains(found))
      failures += found == nil ? 0 : 1
    }
    #expect(failures > 0)
  }
}

extension [UInt8] {
  /// Lends the bytes as words.
  fileprivate func withWords(_ body: (Span<UInt64>) -> Bool) -> Bool {
    rawSpan.withElements(of: UInt64.self, body)
  }
}

extension Span<UInt64> {
  /// Whether all are `number`.
  fileprivate func allEqual(_ number: UInt64) -> Bool { indices.allSatisfy { self[$0] == number } }
}
