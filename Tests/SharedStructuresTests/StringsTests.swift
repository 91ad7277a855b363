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

@Suite struct StringsTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 1 << 16))
  }

  /// All strings by their handles.
  private func contents(_ words: InternedStrings) throws -> [StringHandle: [UInt8]] {
    var contents: [StringHandle: [UInt8]] = [:]
    try words.forEach { handle, bytes throws(StoreError) in contents[handle] = bytes }
    return contents
  }

  @Test func `a string has one handle, everywhere`() throws {
    let database = try makeStore()
    let words = try database.strings("words", creating: StringsGeometry())
    let handle = try words.intern("telemetry")
    #expect(try words.intern("telemetry") == handle)
    #expect(try words.string(handle) == "telemetry")
    let viewer = try Database.openReadOnly(scratch.database()).strings("words")
    #expect(try viewer.find("telemetry") == handle && viewer.find("telemetr") == nil)
    #expect(try viewer.string(handle) == "telemetry")
    #expect(try viewer.withBytes(handle) { $0.byteCount } == 9)
    #expect(try words.withBytes(handle) { $0.array } == Array("telemetry".utf8))
    #expect(code { _ = try viewer.intern("new") } == .readOnly)
    #expect(try viewer.intern("telemetry") == handle)
    // A handle is a plain value.
    try database.put(handle, handle)
    #expect(try database.get(handle, as: StringHandle.self) == handle)
    #expect(SharedLayout(of: StringHandle.self).fields == "lava.string.1{rawValue:u64}")
  }

  @Test func `interned strings are what a dictionary is, over many chunks`() throws {
    var generator = SeededGenerator()
    let database = try makeStore()
    let words = try database.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    var model: [[UInt8]: StringHandle] = [:]
    for _ in 0..<5_000 * scale {
      let isLong = Int.random(in: 0..<200, using: &generator) == 0
      let count = Int.random(in: isLong ? 0..<9_000 : 0..<3, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      #expect(try words.find(bytes) == model[bytes])
      let handle = try words.intern(bytes)
      #expect(model[bytes] == nil || model[bytes] == handle)
      model[bytes] = handle
    }
    #expect(Set(model.values).count == model.count)
    #expect(try words.count() == model.count)
    #expect(try contents(words).count == model.count)
    let again = try Database.open(scratch.database()).strings("words")
    for (bytes, handle) in model {
      #expect(try again.find(bytes) == handle && again.bytes(handle) == bytes)
    }
    #expect(try !database.keys(prefix: "words/part/").isEmpty)
    #expect(try database.deleteStructure("words"))
    #expect(try database.keys().isEmpty)
  }

  @Test func `threads that intern the same strings agree, and few records are wasted`() throws {
    let database = try Database.anonymous(Geometry(blockCount: 1 << 16))
    let words = try database.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    let found = LocalMutex<[[Int: StringHandle]]>([])
    let count = 1_000 * scale
    let body: @Sendable () throws -> Void = {
      var handles: [Int: StringHandle] = [:]
      for number in 0..<count {
        let handle = try words.intern("string \(number)")
        handles[number] = handle
        #expect(try words.string(handle) == "string \(number)")
      }
      found.withLock { $0.append(handles) }
    }
    try inThreads([body, body, body, body])
    let all = found.withLock { $0 }
    #expect(all.allSatisfy { $0 == all[0] })
    #expect(try words.count() == count)
    // Every record is of a string or a node that can be found, or was abandoned.
    var counts: [StringRecordWord.State?: Int] = [:]
    try words.chunks.forEachRecord { word, _ in counts[word.state, default: 0] += 1 }
    #expect(counts[.string] == count)
    #expect(counts[.writing] == nil)
    #expect(counts[.abandoned, default: 0] <= 6 * count)
  }

  @Test func `numbers that are no handles are told`() throws {
    var generator = SeededGenerator()
    let database = try makeStore()
    let words = try database.strings("words", creating: StringsGeometry())
    let handle = try words.intern("telemetry")
    for bit in 0..<64 as Range<UInt64> {
      let other = StringHandle(rawValue: handle.rawValue ^ 1 << bit)
      #expect(code { _ = try words.bytes(other) } == .notFound)
    }
    for _ in 0..<1_000 {
      let other = StringHandle(rawValue: .random(in: .min ... .max, using: &generator))
      #expect(code { _ = try words.bytes(other) } == .notFound)
    }
  }

  @Test func `what does not fit is refused, and the others stay`() throws {
    let database = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 256))
    let words = try database.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    var handles: [StringHandle] = []
    let refusal = code { for number in 0..<1_000 { handles.append(try words.intern("\(number)")) } }
    #expect(refusal == .full)
    #expect(handles.count > 10)
    for (number, handle) in handles.enumerated() {
      #expect(try words.string(handle) == "\(number)")
      #expect(try words.intern("\(number)") == handle)
    }
    let large = [UInt8](repeating: 1, count: InternedStrings.maximumLength + 1)
    #expect(code { _ = try words.intern(large) } == .invalidArgument)
    #expect(
      code { _ = try database.strings("no", creating: StringsGeometry(firstChunkSize: 100)) }
        == .invalidArgument)
  }

  @Test func `a claim of the dead holds nobody up`() throws {
    let database = try makeStore()
    let words = try database.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    let first = try words.intern("first")
    let dead = ParticipantIdentity(rawValue: 5 << 10 | 999)
    let chunk = try #require(try words.chunks.chunk(0))
    let end = Int(chunk.word(at: StringsLayout.chunkEnd).loadRelaxed())
    let claim = StringRecordWord(.writing, owner: dead, byteCount: 40)
    #expect(chunk.word(at: end).compareExchange(0, claim.rawValue))
    let second = try words.intern("second")
    #expect(try words.string(first) == "first" && words.string(second) == "second")
    #expect(try words.count() == 2)
  }

  @Test(arguments: [true, false])
  func `strings of any bytes give values or errors`(attaching: Bool) throws {
    var generator = SeededGenerator()
    let database = try makeStore()
    let whole = try database.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    let handles = try (0..<100).map { try whole.intern("word \($0)") }
    let regions = try [
      whole.handle.region, #require(try whole.chunks.chunk(0)), #require(try whole.chunks.chunk(1)),
    ]
    let bytes = regions.map { $0.bytes(at: 0, count: $0.count) }
    let allowed: [StoreError.Code?] = [nil, .corrupt, .incompatible, .notFound, .full]
    var failures = 0
    for _ in 0..<250 * scale {
      for (region, bytes) in zip(regions, bytes) { region.write(bytes.rawSpan, at: 0) }
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let region = regions.randomElement(using: &generator)!
        let offset = Int.random(in: 0..<region.count / 8, using: &generator) * 8
        let other = regions.randomElement(using: &generator)!
        let copied = Int.random(in: 0..<other.count / 8, using: &generator) * 8
        let interesting: [UInt64] = [
          0, 1, .max, 1 << 47, 1 << 47 | 8, other.word(at: copied).loadRelaxed(),
          .random(in: .min ... .max, using: &generator),
        ]
        region.word(at: offset).storeRelaxed(interesting.randomElement(using: &generator)!)
      }
      let words = attaching ? try? database.strings("words") : whole
      guard let words else {
        failures += 1
        continue
      }
      for action in [
        { _ = try contents(words) },
        { _ = try words.find("word 7") },
        { _ = try words.intern("new \(generator.next() & 7)") },
        { _ = try words.bytes(handles.randomElement(using: &generator)!) },
      ] as [() throws -> Void] {
        let found = code(action)
        #expect(allowed.contains(found))
        failures += found == nil ? 0 : 1
      }
    }
    #expect(failures > 0)
  }
}
