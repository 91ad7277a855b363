import Foundation
import TestSupport

@testable import Tbl

/// Documents, whole and damaged ones, that the readers in other languages read too.
struct ReaderCorpus {
  /// By number.
  private(set) var documents: [[UInt8]] = []
  /// What the first of them are.
  let damaged: [DamagedLine]

  init(using random: inout SeededGenerator) throws {
    damaged = try DamagedLine.all()
    documents = damaged.map(\.bytes)
    for index in 0..<3 { documents.append(try `The written format`.example(index)) }
    try addTypes(using: &random)
    try addLimits(using: &random)
    try addStrides()
    try addChanges()
    for number in 0..<(40 * scale) {
      let depth = number % 8 < 2 ? 2 : 1
      let table =
        try number % 2 == 0
        ? RandomDocument(using: &random, depth: depth).table
        : TypedDocument.table(using: &random, depth: depth)
      documents.append(try Tbl(validating: table.bytes).bytes)
      addDamage(to: table.bytes, using: &random)
    }
  }

  /// What is in each document, or that it is none.
  func transcripts(isWide: Bool) throws -> [String] {
    try documents.map { document in
      guard let table = try? Tbl(validating: document) else { return "refused\n" }
      return try table.withView { (view) throws(TblError) in
        try Transcript(view, isWide: isWide).text
      }
    }
  }

  /// All documents in one file, since thousands of files take long to make: of each its bytes, and
  /// its canonical form, its content hash and its JSON in two forms with a zero between, all of
  /// which are empty when it is none. Before each of the four stands its length (u32,
  /// little-endian).
  func file() throws -> [UInt8] {
    var file: [UInt8] = []
    func add(_ part: some Collection<UInt8>) {
      file.append(UInt64(part.count), width: 4)
      file += part
    }
    for (number, document) in documents.enumerated() {
      add(document)
      let table = try? Tbl(validating: document)
      add(try table?.canonical().bytes ?? [])
      add(Array((try table.map { try "\($0.contentHash())" } ?? "").utf8))
      let forms: [Tbl.NonFinite] = [.null, .text]
      let json = try forms.map { try table?.json(pretty: number % 2 == 0, nonFinite: $0) ?? "" }
      add(Array(json.joined(separator: "\0").utf8))
    }
    return file
  }

  /// Each type alone as a document, vectors of each type without elements, and halves of every
  /// kind.
  private mutating func addTypes(using random: inout SeededGenerator) throws {
    for type in TypedDocument.fixed {
      for _ in 0..<4 {
        let record = TypedDocument.scalar(type, using: &random)
        try add { builder in
          builder.setOwnVector { writer in
            writer.writeValues(count: 1, shape: nil, key: nil) { _, _ in record }
          }
        }
      }
    }
    try add { $0.setVector(values: [.none]) }
    try add { $0.setVector(values: [.string("é")]) }
    try add { $0.setVector(values: [.bytes([0, 255])]) }
    try add { builder in
      for type in TypedDocument.fixed + [.string, .bytes, .table] {
        for shape in [[0], [0, 2], [3, 0, 1], [4_000_000_000, 0, 4_000_000_000]] {
          builder.set("\(type.name) \(shape)") { writer in
            guard let width = type.width else {
              return writer.writeRagged(type, count: 0, shape: shape, key: nil) { _, _ in nil }
            }
            return writer.write(
              type, elements: [UInt8](repeating: 0, count: width).span.raw.extracting(first: 0),
              count: 0, shape: shape, key: nil)
          }
        }
      }
      builder.set("", "")
      builder.set("empty", Tbl.Builder())
    }
    try add { $0.setVector(values: []) }
    try add { $0.setVector(values: [], shape: [2, 0]) }
    let halves = Array(stride(from: UInt16.min, through: .max, by: scale > 1 ? 1 : 7))
    try add { builder in
      builder.set("halves", .float16, count: halves.count, byteCount: 2 * halves.count) { bytes in
        for half in halves { bytes.append(UInt64(half), width: 2) }
      }
    }
  }

  /// Many keys, many levels, and what is wrong only where a lookup looks.
  private mutating func addLimits(using random: inout SeededGenerator) throws {
    for count in [9, 300, 1000] {
      let table = try build { builder in
        for number in 0..<count { builder.set("key \(number)", number) }
      }
      documents.append(table.bytes)
      let entries = table.bytes.entriesOffset
      for _ in 0..<2 {
        var wrongHash = table.bytes
        wrongHash[entries + 24 * Int.random(in: 0..<count, using: &random)] ^= 1
        documents.append(wrongHash)
        var wrongSlot = table.bytes
        let slots = (entries + 24 * count)..<wrongSlot.count
        let slot = slots.lowerBound + 4 * Int.random(in: 0..<(slots.count / 4), using: &random)
        let numbers = [0, 1, UInt32(count), UInt32(count) + 1]
        wrongSlot.put(numbers.randomElement(using: &random) ?? 0, at: slot)
        documents.append(wrongSlot)
      }
      var otherSeed = table.bytes
      otherSeed[16] = 1
      documents.append(otherSeed)
    }
    try addLookups()
    var ignored = try build { $0.set("x", 1) }.bytes
    ignored[7] = 0xFF
    documents.append(ignored)

    var tall = try build { $0.set("x", 1) }
    for level in 1...Tbl.maximumHeight {
      let inner = tall
      tall = try build { builder in
        if level % 3 == 0 { builder.setVector([inner]) } else { builder.set("x", inner) }
      }
    }
    documents.append(tall.bytes)
    for height in [0, 254] as [UInt8] {
      var wrong = tall.bytes
      wrong[17] = height
      documents.append(wrong)
    }
  }

  /// The image of the written format, with elements of 0, in all strides and dimensions that are
  /// not large.
  private mutating func addStrides() throws {
    var image = try `The written format`.example(2)
    for offset in 48..<56 { image[offset] = 0 }
    for (first, second) in (0...6).flatMap({ first in (0...6).map { (first, $0) } }) {
      var other = image
      other.put(UInt32(first), at: 32)
      other.put(UInt32(second), at: 36)
      documents.append(other)
      guard first <= 3, second <= 3 else { continue }
      for strides in [(UInt32(4), UInt32(1)), (1, 2), (7, 7)] {
        other.put(strides.0, at: 32)
        other.put(strides.1, at: 36)
        other.put(UInt32(first), at: 40)
        other.put(UInt32(second), at: 44)
        other.put(UInt32(first * second), at: 28)
        documents.append(other)
        // What has no elements has no bytes for them.
        var short = Array(other.dropLast(8))
        short.put(UInt32(48), at: 8)
        documents.append(short)
      }
    }
  }

  /// A key that stands twice, and one that stands behind an empty slot of the index.
  private mutating func addLookups() throws {
    var twins = try build { builder in
      builder.set("ab", 1)
      builder.set("cd", 2)
    }.bytes
    let entries = twins.entriesOffset
    twins.replaceSubrange(34..<36, with: "ab".utf8)
    twins.put(UInt32(twins.word(entries)), at: entries + 24)
    documents.append(twins)

    var hidden = try build { builder in
      for number in 0..<9 { builder.set("\(number)", number) }
    }.bytes
    let slots = Array(stride(from: hidden.count - 128, to: hidden.count - 8, by: 4))
    for slot in slots where hidden.word(slot) != 0 {
      guard hidden.word(slot + 4) == 0, hidden.word(slot + 8) == 0 else { continue }
      hidden.put(UInt32(hidden.word(slot)), at: slot + 8)
      hidden.put(UInt32(0), at: slot)
      break
    }
    documents.append(hidden)
  }

  /// Small documents with everything, each byte and each word of them changed in turn.
  private mutating func addChanges() throws {
    var small = try [0, 2].map { try `The written format`.example($0) }
    let empty = try build { _ in }
    small.append(
      try build { builder in
        builder.setOwnVector { writer in
          writer.writeValues(count: 12, shape: [3, 4], key: nil) { writer, index in
            Self.value(index, empty, &writer)
          }
        }
      }.bytes)
    let numbers: [Int16] = [1, 0, 2]
    let tensor = try Tbl.Tensor(numbers.span, shape: [2], strides: [2])
    small.append(
      try build { builder in
        builder.set("s", tensor: tensor, keepingStrides: true)
        builder.set("b") { writer in
          guard let geometry = Geometry(dimensions: [2, 2], strides: [1, 3]) else { return nil }
          let truths: [UInt8] = [1, 0, 0, 1, 1]
          return writer.write(.bool, truths.span.raw, geometry, keepsStrides: true, key: nil)
        }
        builder.set("t", vector: [empty, empty])
        builder.set("y", .bytes, count: 2, byteCount: 14) { bytes in
          for end in [0, 2, 2] as [UInt64] { bytes.append(end, width: 4) }
          bytes += [3, 4]
        }
        builder.set("z", "")
      }.bytes)
    small.append(try build { $0.setVector([Tbl]()) }.bytes)
    small.append(
      try build { builder in
        for number in 0..<9 { builder.set("\(number)", UInt8(number)) }
      }.bytes)
    // A vector of values, and one of nil, where a vector of no elements is.
    for (elements, code) in [(Tbl.Value.uints([]), 0x87), (.strings([]), 0x80)] {
      var wrong = try build { $0.set("v", value: elements) }.bytes
      wrong[wrong.count - 12] = UInt8(code)
      documents.append(wrong)
    }
    for document in small {
      documents.append(try Tbl(validating: document).bytes)
      for index in document.indices {
        for change in index % 4 == 0 || index < 32 ? [1, 0x80] : [1] as [UInt8] {
          var changed = document
          changed[index] ^= change
          documents.append(changed)
        }
      }
      for place in stride(from: 0, to: document.count, by: 4) {
        var changed = document
        changed.put(UInt32(changed.word(place)) &+ 8, at: place)
        documents.append(changed)
      }
    }
  }

  private static func value(_ index: Int, _ empty: Tbl, _ writer: inout RegionWriter) -> Record? {
    switch index {
    case 0: Record(.none)
    case 1: Record(.bool, payload: 1)
    case 2: Record(.int8, bits: 0xFF)
    case 3: Record(.uint16, payload: 7)
    case 4: Record(.float16, payload: 0x3C00)
    case 5: Record(.float32, payload: 0x3F80_0000)
    case 6: writer.write(.string, "é".utf8Span.span.raw, key: nil)
    case 7: writer.write(.bytes, ([1, 2] as [UInt8]).span.raw, key: nil)
    case 8: writer.write([true, false, true], shape: nil, key: nil)
    case 9: writer.write(["a", "é"], shape: [2, 1], key: nil)
    case 10: writer.write([Int32(1), -1], shape: [1, 2], key: nil)
    default: writer.write(empty, key: nil)
    }
  }

  private mutating func addDamage(to bytes: [UInt8], using random: inout SeededGenerator) {
    for _ in 0..<2 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0...2, using: &random) { damaged.damage(using: &random) }
      documents.append(damaged)
    }
    var changed = bytes
    let at = Int.random(in: 0..<changed.count, using: &random)
    changed[at] = UInt8.random(in: 0...255, using: &random)
    documents.append(changed)
    documents.append(Array(bytes[..<Int.random(in: 0..<bytes.count, using: &random)]))
  }

  private mutating func add(_ fill: (inout Tbl.Builder) -> Void) throws {
    documents.append(try build(fill).bytes)
  }
}
