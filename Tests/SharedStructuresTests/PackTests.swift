import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// A plain value with a field of each width.
struct Reading: SharedValue, Hashable {
  var time: UInt64
  var level: Float
  var kind: UInt16
  var flags: UInt16
  static var layoutName: String { "test.reading.1" }
}

/// As long as a ``Reading``, and another.
private struct Other: SharedValue {
  var a: UInt64
  var b: UInt64
  static var layoutName: String { "test.other.1" }
}

@Suite struct PackTests {
  let scratch = Scratch()

  private func bytes(of pack: Pack) -> [UInt8] { pack.withBytes { $0.array } }

  @Test func `a pack is put, and its values are lent where they lie`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    var builder = Pack.Builder()
    builder.append("drive")
    builder.append(elements: [0.5, 1, 0] as [Float])
    try database.put("command", builder.finish())
    let sum = try database.withPack("command") { pack in
      #expect(try pack.value(at: 0).type == .utf8)
      #expect(String(decoding: try pack.value(at: 0).bytes.array, as: UTF8.self) == "drive")
      return try pack.value(at: 1).withElements(of: Float.self) { $0[0] + $0[1] + $0[2] }
    }
    #expect(sum == 1.5)
    #expect(try database.type("command") == .pack)
  }

  @Test func `what was appended comes back, whatever it is`() throws {
    var generator = SeededGenerator()
    for _ in 0..<200 {
      var builder = Pack.Builder()
      var model: [(type: TypeID, bytes: [UInt8])] = []
      for _ in 0..<Int.random(in: 0..<20, using: &generator) {
        let count = Int.random(in: 0..<100, using: &generator)
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let type = TypeID(rawValue: .random(in: 0..<2_000, using: &generator))
        builder.append(bytes, type: type)
        model.append((type, bytes))
      }
      #expect(builder.count == model.count)
      let pack = try Pack(validating: bytes(of: builder.finish()))
      #expect(pack.count == model.count)
      try pack.view.forEach { index, value throws(StoreError) in
        #expect(value.type == model[index].type)
        #expect(value.bytes.array == model[index].bytes)
      }
    }
  }

  @Test func `values are aligned as their type needs in every store`() throws {
    let database = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 4_096))
    var builder = Pack.Builder()
    builder.append([1] as [UInt8])
    builder.append(elements: [1, 2] as [Double])
    builder.append([1, 2, 3] as [UInt8])
    builder.append(elements: [3] as [UInt64])
    try database.putPack("pack", builder.finish())
    let isLent: Void? = try database.withPack("pack") { pack in
      let doubles = try pack.value(at: 1)
      let isAligned = doubles.bytes.elements(of: Double.self) != nil
      #expect(isAligned)
      let words = try pack.value(at: 3)
      let first = words.bytes.elements(of: UInt64.self)?[0]
      #expect(first == 3)
      #expect(throws: StoreError.self) {
        try pack.value(at: 2).withElements(of: UInt16.self) { _ in }
      }
    }
    #expect(isLent != nil)
  }

  @Test func `elements of one layout are lent as a span, and no others`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let readings = (0..<100).map {
      Reading(time: UInt64($0), level: Float($0) / 2, kind: 1, flags: 2)
    }
    try database.putPack("readings", readings)
    let copy = try database.withPack("readings", of: Reading.self) { [Reading](copying: $0) }
    #expect(copy == readings)
    let error = #expect(throws: StoreError.self) {
      try database.withPack("readings", of: Other.self) { _ in }
    }
    #expect(error?.code == .typeMismatch)
    #expect(error?.reason.contains("test.reading.1") == true)
    #expect(error?.reason.contains("test.other.1") == true)
    #expect(error?.place.contains("'readings'") == true)
    #expect(try database.withPack("absent", of: Reading.self) { _ in } == nil)
    // The bytes of a single one are there as well.
    try database.withPack("readings") { pack in
      let seventh = try pack.value(at: 7).bytes.plainValue(as: Reading.self)
      #expect(seventh == readings[7])
      #expect(pack.layout == SharedLayout(of: Reading.self))
    }
  }

  @Test func `a pack is lent through a read-only mapping`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    try database.putPack("heights", [1.5, 2.5] as [Double])
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(try viewer.withPack("heights", of: Double.self) { $0[1] } == 2.5)
  }

  @Test func `what is no pack is refused with its place`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    try database.put("text", "no pack")
    let error = #expect(throws: StoreError.self) { try database.withPack("text") { _ in } }
    #expect(error?.code == .corrupt && error?.place.contains("pack 'text'") == true)
    var newer = bytes(of: Pack.Builder().finish())
    newer[0] = 2
    let version = #expect(throws: StoreError.self) { try Pack(validating: newer) }
    #expect(version?.code == .incompatible)
  }

  /// Looks at all of a pack.
  private func read(_ bytes: [UInt8]) throws {
    let pack = try Pack(validating: bytes)
    _ = pack.view.layout
    try pack.view.forEach { _, value throws(StoreError) in _ = value.bytes.array }
    try pack.view.withElements(of: Reading.self) { _ = [Reading](copying: $0) }
  }

  @Test func `any bytes whatever are read or refused`() throws {
    var generator = SeededGenerator()
    var builder = Pack.Builder()
    for size in 0..<10 { builder.append([UInt8](repeating: 7, count: size * 9)) }
    let readings = [Reading](repeating: Reading(time: 1, level: 2, kind: 3, flags: 4), count: 9)
    let whole = [bytes(of: builder.finish()), bytes(of: Pack(readings))]
    var refused = 0
    for round in 0..<20_000 * scale {
      var bytes = whole[round & 1]
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        // Mostly where it hurts.
        let limit = Bool.random(using: &generator) ? 96 : bytes.count
        let interesting: [UInt8] = [0, 1, 0x7f, 0x80, 0xff, .random(in: .min ... .max)]
        bytes[Int.random(in: 0..<limit, using: &generator)] =
          interesting.randomElement(using: &generator)!
      }
      if Int.random(in: 0..<4, using: &generator) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      do { try read(bytes) } catch { refused += error is StoreError ? 1 : 0 }
    }
    #expect(refused > 5_000)
  }

  @Test func `elements at an odd address are lent as a copy`() {
    var bytes: [UInt8] = [0]
    for number in 0..<4 as Range<UInt64> { bytes.append(number: number) }
    let odd = bytes.rawSpan.extracting(1..<33)
    let isAligned = odd.elements(of: UInt64.self) != nil
    #expect(!isAligned)
    #expect(odd.withElements(of: UInt64.self) { [UInt64](copying: $0) } == [0, 1, 2, 3])
    let isWhole = bytes.rawSpan.elements(of: UInt64.self) != nil
    #expect(!isWhole)
  }
}
