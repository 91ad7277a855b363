import TestSupport

@testable import Tbl

/// Makes the documents of `damaged-documents.txt`: each has one thing wrong, which one check of
/// validation finds.
struct DamagedDocuments {
  /// Who refuses a document.
  enum Readers: String {
    /// Everybody.
    case all
    /// Who looks keys up in place, or validates. Others read it: it is whole but for hashes and
    /// index.
    case lookups
  }

  struct Document {
    let title: String
    let readers: Readers
    let bytes: [UInt8]
  }

  private(set) var documents: [Document] = []

  init() throws {
    try addHeaders()
    try addRecords()
    try addNumbers()
    try addPlaces()
    try addTexts()
    try addVectors()
    try addStrides()
    try addLists()
    try addValues()
    try addChildren()
    try addLookups()
  }

  private mutating func add(
    _ title: String, _ bytes: [UInt8], readers: Readers = .all,
    _ damage: (inout [UInt8]) -> Void = { _ in }
  ) {
    var bytes = bytes
    damage(&bytes)
    documents.append(Document(title: title, readers: readers, bytes: bytes))
  }

  private func bytes(_ fill: (inout Tbl.Builder) -> Void) throws -> [UInt8] {
    try build(fill).bytes
  }

  private mutating func addHeaders() throws {
    let empty = try bytes { _ in }
    add("no bytes", [])
    add("shorter than a header", Array(empty.dropLast()))
    add("a byte too many", empty + [0])
    add("another magic", empty) { $0[0] = 0x55 }
    add("another version", empty) { $0[4] = 2 }
    add("a feature that is unknown", empty) { $0[6] = 2 }
    add("strides announced, and none there", empty) { $0[6] = 1 }
    add("a size that is not there", empty) { $0[8] = 40 }
    add("a size that is no multiple of 8", empty + [0, 0, 0, 0]) { $0[8] = 36 }
    add("an entry without room", empty) { $0[12] = 1 }
    add("as many entries as 32 bits tell", empty) { $0.put(UInt32.max, at: 12) }
    let eight = try bytes { builder in
      for number in 0..<8 { builder.set("\(number)", number) }
    }
    add("an index without room", eight) { $0[12] = 9 }
    add("a height without children", empty) { $0[17] = 1 }
    add("reserved bytes of the header", empty) { $0[18] = 1 }
    add("an own vector that is none", empty) { $0[20] = 1 }
    add("an own vector of nothing, with a payload", empty) { $0[24] = 1 }
  }

  private mutating func addRecords() throws {
    let one = try bytes { $0.set("x", UInt8(1)) }
    add("an unknown type", one) { $0[$0.record()] = 0x08 }
    add("a single value of values", one) { $0[$0.record()] = 0x07 }
    add("dimensions of what is no vector", one) { $0[$0.record() + 1] = 1 }
    add("strides of what is no vector", one) { $0[$0.record() + 2] = 1 }
    let vector = try bytes { $0.set("x", vector: [UInt8(1), 2]) }
    let wide = try bytes { $0.set("x", vector: [UInt64(1), 2]) }
    add("a vector without the mark of one", wide) { $0[$0.record()] = 0x23 }
    add("an unknown type of elements", vector) { $0[$0.record()] = 0x88 }
    add("a vector of nil", try bytes { $0.set("x", vector: [String]()) }) {
      $0[$0.record()] = 0x80
    }
    let below = try bytes { $0.set("x") { writer in Self.values(&writer) } }
    add("a vector of values below a key", below)
    add("a vector without dimensions", vector) { $0[$0.record() + 1] = 0 }
    add("a vector of nine dimensions", vector) { $0[$0.record() + 1] = 9 }
    add("reserved bits of a vector", vector) { $0[$0.record() + 2] = 2 }
    let texts = try bytes { $0.set("x", vector: ["a", "b"]) }
    add("strides of texts", texts) { $0[$0.record() + 2] = 1 }
  }

  /// A vector of values, which builders let stand nowhere but as a table's own.
  private static func values(_ writer: inout RegionWriter) -> Record? {
    writer.writeValues(count: 1, shape: nil, key: nil) { _, _ in Record(.bool, payload: 1) }
  }

  private mutating func addNumbers() throws {
    let payloads: [(String, UInt8, UInt64)] = [
      ("nil with a payload", 0x00, 1), ("a truth value of 2", 0x01, 2), ("an i8 of 200", 0x10, 200),
      ("an i16 without its sign", 0x11, 0xFFFF), ("an i32 without its sign", 0x12, 0xFFFF_FFFF),
      ("a u8 of 256", 0x20, 256), ("a u16 of 65536", 0x21, 65_536),
      ("a u32 of 33 bits", 0x22, 1 << 32), ("an f16 of 17 bits", 0x31, 1 << 16),
      ("an f32 of 33 bits", 0x32, 1 << 32),
    ]
    let one = try bytes { $0.set("x", UInt64(0)) }
    for (title, code, payload) in payloads {
      add(title, one) {
        $0[$0.record()] = code
        $0.put(payload, at: $0.record() + 4)
      }
    }
  }

  private mutating func addPlaces() throws {
    let texts = try bytes { builder in
      builder.set("a", "one")
      builder.set("b", "two")
    }
    add("a text that begins too late", texts) { $0[$0.record() + 4] += 1 }
    add("a text that another key has", texts) { $0[$0.record(1) + 4] = $0[$0.record() + 4] }
    add("a text that ends behind its table", texts) { $0.put(UInt32.max, at: $0.record() + 8) }
    add("a key that begins too late", texts) { $0[$0.record() - 8] += 1 }
    add("a key that ends behind its table", texts) { $0.put(UInt32.max, at: $0.record() - 4) }
    add("a key in the header", texts) { $0[$0.record() - 8] = 0 }
    add("bytes before the entries that are not 0", try bytes { $0.set("x", 1) }) {
      $0[$0.entriesOffset - 1] = 1
    }
    add("eight bytes that belong to nothing", texts) {
      $0.insert(contentsOf: repeatElement(0, count: 8), at: $0.entriesOffset)
      $0.put(UInt32($0.count), at: 8)
    }
    let numbers = try bytes { $0.set("x", vector: [1.5]) }
    add("bytes before a vector that are not 0", numbers) { $0[33] = 1 }
    let own = try bytes { $0.setVector([UInt8(1)]) }
    add("bytes behind an own vector that are not 0", own) { $0[33] = 1 }
  }

  private mutating func addTexts() throws {
    let text = try bytes { $0.set("key", "text") }
    add("a key that is not UTF-8", text) { $0[33] = 0xFF }
    add("a text that is not UTF-8", text) { $0[36] = 0x80 }
    add("a text with an overlong form", text) { $0.replaceSubrange(35..<37, with: [0xC0, 0x80]) }
    add("a text with a surrogate", text) { $0.replaceSubrange(35..<38, with: [0xED, 0xA0, 0x80]) }
    let list = try bytes { $0.set("x", vector: ["é"]) }
    add("a text of a list that is not UTF-8", list) { $0[$0.word($0.record() + 4) + 8] = 0x61 }
  }

  private mutating func addVectors() throws {
    let numbers = try bytes { $0.set("x", vector: [1.5, 2.5]) }
    add("a vector at an odd place", numbers) { $0[$0.record() + 4] += 1 }
    add("a vector that ends behind its table", numbers) { $0.put(UInt32.max, at: $0.record() + 8) }
    let truths = try bytes { $0.set("x", vector: [true, false]) }
    add("a truth value of 2 in a vector", truths) { $0[$0.word($0.record() + 4)] = 2 }
    let matrix = try bytes { $0.set("x", vector: [UInt8](0..<6), shape: [2, 3]) }
    add("a shape of other elements", matrix) { $0[$0.word($0.record() + 4) - 4] = 2 }
    add("a shape that is not where it belongs", matrix) { $0[$0.record() + 4] += 4 }
    let none = try bytes { $0.set("x", vector: [UInt8](), shape: [0, 0, 0, 0]) }
    add("a shape whose product overflows to 0", none) {
      for offset in 1...4 { $0.put(UInt32(1 << 16), at: $0.word($0.record() + 4) - 4 * offset) }
    }
  }

  private mutating func addStrides() throws {
    let elements: [UInt8] = [1, 2, 0, 0, 3, 4]
    let tensor = try Tbl.Tensor(elements.span, shape: [2, 2], strides: [4, 1])
    let image = try bytes { $0.setVector(tensor: tensor, keepingStrides: true) }
    add("strides that are not announced", image) { $0[6] = 0 }
    add("two elements at one place", image) { $0[32] = 1 }
    add("strides that nothing needs", image) { $0[32] = 2 }
    add("strides of a large vector", image) { $0.put(UInt32.max, at: 32) }
    add("a gap between elements that is not 0", image) { $0[50] = 1 }
    add("strides for another count of elements", image) { $0[28] = 5 }
    add("a truth value of 2 in a vector with strides", image) { $0[20] = 0x81 }
  }

  private mutating func addLists() throws {
    let list = try bytes { $0.set("x", vector: ["ab", "cd", "e"]) }
    add("a first offset that is not 0", list) { $0[$0.word($0.record() + 4)] = 1 }
    add("offsets that descend", list) { $0[$0.word($0.record() + 4) + 8] = 1 }
    add("an offset behind the table", list) {
      $0.put(UInt32(999), at: $0.word($0.record() + 4) + 12)
    }
    add("more offsets than there is room for", list) { $0.put(UInt32.max, at: $0.record() + 8) }
    add("offsets at an odd place", list) { $0[$0.record() + 4] += 1 }
    let parts = try bytes { $0.set("x", vector: [Tbl.Bytes([1, 2]), Tbl.Bytes([3])]) }
    add("bytes behind the last of a list", parts) { $0[$0.word($0.record() + 4) + 8] = 2 }
    let inner = try build { $0.set("y", true) }
    let tables = try bytes { $0.set("x", vector: [inner, inner]) }
    add("a table of a list that is cut", tables) { $0[$0.word($0.record() + 4) + 4] -= 8 }
    add("a table of a list that is too long", tables) { $0[$0.word($0.record() + 4) + 4] += 4 }
    add("a table of a list that is damaged", tables) { $0[$0.word($0.record() + 4) + 12] = 0 }
  }

  private mutating func addValues() throws {
    let values = try bytes { $0.setVector(values: [.int(1), .string("text"), .bools([true])]) }
    add("reserved bytes of a value", values) { $0[32] = 1 }
    let among = try bytes { builder in
      builder.setOwnVector { writer in
        writer.writeValues(count: 1, shape: nil, key: nil) { writer, _ in Self.values(&writer) }
      }
    }
    add("a vector of values among values", among)
    add("a value of an unknown type", values) { $0[36] = 0x40 }
    add("a text among values that begins too late", values) { $0[56] += 1 }
    add("a truth value of 2 in a vector among values", values) { $0[84] = 2 }
  }

  private mutating func addChildren() throws {
    let inner = try build { $0.set("y", "é") }
    let outer = try bytes { $0.set("x", inner) }
    add("a child without its magic", outer) { $0[40] = 0 }
    add("a child of another size than its own", outer) { $0[$0.record() + 8] -= 8 }
    add("a child that is its parent", outer) {
      $0.put(UInt32(0), at: $0.record() + 4)
      $0.put(UInt32($0.count), at: $0.record() + 8)
    }
    add("a child at an odd place", outer) { $0[$0.record() + 4] += 4 }
    add("a parent that is not taller than its child", outer) { $0[17] = 0 }
    add("a parent that is too tall for its child", outer) { $0[17] = 2 }
    let middle = try build { $0.set("x", inner) }
    let twice = try bytes { $0.set("a", middle) }
    add("a text two levels down that is not UTF-8", twice) { bytes in
      if let place = bytes.firstIndex(of: 0xC3) { bytes[place] = 0xFF }
    }
    let both = try bytes { builder in
      builder.set("a", inner)
      builder.set("b", inner)
    }
    add("a child that two keys share", both) { $0[$0.record(1) + 4] = $0[$0.record() + 4] }
  }

  private mutating func addLookups() throws {
    let two = try bytes { builder in
      builder.set("ab", 1)
      builder.set("cd", 2)
    }
    add("a key that stands twice", two) {
      $0.replaceSubrange(34..<36, with: "ab".utf8)
      $0.put(UInt32($0.word($0.entriesOffset)), at: $0.entriesOffset + 24)
    }
    add("a hash of another key", two, readers: .lookups) { $0[$0.entriesOffset] ^= 1 }
    add("a seed that the hashes are not of", two, readers: .lookups) { $0[16] = 1 }
    let nine = try bytes { builder in
      for number in 0..<9 { builder.set("\(number)", Int8(number)) }
    }
    let slots = Array(stride(from: nine.count - 128, to: nine.count, by: 4))
    let used = slots.first { nine.word($0) != 0 } ?? 0
    let unused = slots.last { nine.word($0) == 0 } ?? 0
    add("an entry that is not in the index", nine, readers: .lookups) {
      $0.put(UInt32(0), at: used)
    }
    add("an entry that is in the index twice", nine, readers: .lookups) {
      $0.put(UInt32(1), at: unused)
    }
    add("an index that tells of an entry too many", nine, readers: .lookups) {
      $0.put(UInt32(10), at: used)
    }
    add("an index that leads to another entry", nine, readers: .lookups) {
      $0.put(UInt32($0.word(used) % 9 + 1), at: used)
    }
  }
}

extension [UInt8] {
  /// Where the record of an entry of the map begins.
  fileprivate func record(_ entry: Int = 0) -> Int { entriesOffset + 24 * entry + 12 }
}
