import TestSupport
import Testing

@testable import Tbl

@Suite struct `Building` {
  @Test(arguments: [2, 8, 9, 100])
  func `a key set twice is refused by name`(count: Int) {
    let error = #expect(throws: TblError.self) {
      try build { builder in
        for index in 1..<count { builder.set("key-\(index)", index) }
        builder.set("key-1", "again")
      }
    }
    #expect(error?.code == .duplicateKey)
    #expect(error?.place == "key 'key-1'")
  }

  @Test func `an empty key set twice is refused`() {
    #expect(
      failure { () throws(TblError) in
        try build { builder in
          builder.set("", 1)
          builder.set("", 2)
        }
      } == .duplicateKey)
  }

  @Test(arguments: [[2, 2], [], [5, -1], [1, 1, 1, 1, 1, 1, 1, 1, 5], [1 << 33, 0], [4]])
  func `a shape that does not fit is refused`(shape: [Int]) {
    #expect(
      failure { () throws(TblError) in
        try build { $0.set("v", vector: [1, 2, 3, 4, 5], shape: shape) }
      } == .wrongShape)
    #expect(
      failure { () throws(TblError) in
        try build { $0.setVector(["a", "b", "c", "d", "e"], shape: shape) }
      } == .wrongShape)
  }

  @Test func `a failed child names its path and fails the parent`() {
    var child = Tbl.Builder()
    child.set("v", vector: [1], shape: [2])
    let failed = child
    let error = #expect(throws: TblError.self) { try build { $0.set("child", failed) } }
    #expect(error?.code == .wrongShape)
    #expect(error?.place == "key 'child', key 'v'")
  }

  @Test func `tables nest to the limit and no deeper`() throws {
    var table = try build { $0.set("level", 0) }
    for level in 1...Tbl.maximumHeight {
      let inner = table
      table = try build { builder in
        builder.set("level", level)
        builder.set("inner", inner)
      }
    }
    #expect(table.height == Tbl.maximumHeight)
    #expect(try Tbl(validating: table.bytes) == table)
    #expect(try table.json(nonFinite: .null).hasPrefix(#"{"level":255,"inner":{"level":254,"#))
    let tallest = table
    #expect(
      failure { () throws(TblError) in try build { $0.set("inner", tallest) } } == .tooDeep)
    #expect(
      failure { () throws(TblError) in try build { $0.setVector([tallest]) } } == .tooDeep)
  }

  @Test func `a replaced own vector no longer counts towards the height`() throws {
    let inner = try build { _ in }
    let table = try build { builder in
      builder.setVector([inner])
      builder.setVector([1])
    }
    #expect(table.height == 0)
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test(arguments: 0..<400)
  func `no document outgrows its limit`(limit: Int) throws {
    var builder = Tbl.Builder(maximumBytes: limit / 8 * 8)
    let inner = try build { $0.set("x", 1) }
    builder.set("text", "some text")
    builder.set("numbers", vector: [1.0, 2.0], shape: [2, 1])
    builder.setVector([UInt8](repeating: 1, count: 20))
    builder.set("texts", vector: ["a", "b"])
    builder.set("tables", vector: [inner])
    builder.set("values", value: .values([.int(1), .string("x"), .table(inner)]))
    do {
      let table = try builder.finish()
      #expect(table.bytes.count <= limit)
      #expect(try Tbl(validating: table.bytes) == table)
    } catch {
      #expect(error.code == .tooLarge)
    }
  }

  @Test func `a builder can go on after a copy was finished`() throws {
    var builder = Tbl.Builder()
    builder.set("a", 1)
    let first = try builder.finish()
    builder.set("b", 2)
    let second = try builder.finish()
    #expect(first.keys == ["a"])
    #expect(second.keys == ["a", "b"])
    #expect(builder.count == 2)
  }

  @Test func `the same calls give the same bytes`() throws {
    var first = seeded("the same calls give the same bytes")
    var second = first
    for _ in 0..<20 {
      let one = try RandomDocument(using: &first).table
      let other = try RandomDocument(using: &second).table
      #expect(one == other)
      #expect(one.hashValue == other.hashValue)
    }
  }
}

@Suite struct `The index` {
  @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 1000, 20_000])
  func `finds every key and no other`(count: Int) throws {
    let keys = (0..<count).map { "key \($0)" }
    let table = try build { builder in
      for (index, key) in keys.enumerated() { builder.set(key, index) }
    }
    #expect(table.keys == keys)
    #expect(keys.indices.allSatisfy { table.int(keys[$0]) == Int64($0) })
    #expect((0..<count).allSatisfy { table.int("no \($0)") == nil })
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `takes another seed when keys crowd`() throws {
    // With so few probes allowed, the first seed fails for most sets of keys.
    var (bytes, entries) = keys(200)
    let index = try KeyIndex(of: &entries, in: bytes.span.raw, maximumProbes: 6)
    #expect(index.seed > 0)
    for (number, entry) in entries.enumerated() {
      #expect(entry.hash == keyHash(entry.key(in: bytes.span.raw), seed: index.seed))
      let home = Int(entry.hash)
      let distance = (0..<6).first { probe in
        index.slots[(home + probe) % index.slots.count] == UInt32(number + 1)
      }
      #expect(distance != nil)
    }
  }

  @Test func `gives up on keys that no seed spreads`() {
    var (bytes, entries) = keys(2000)
    #expect(
      failure { () throws(TblError) in
        try KeyIndex(of: &entries, in: bytes.span.raw, maximumProbes: 1).seed
      } == .collidingKeys)
  }

  private func keys(_ count: Int) -> ([UInt8], [Tbl.Builder.Entry]) {
    var bytes: [UInt8] = []
    var entries: [Tbl.Builder.Entry] = []
    for index in 0..<count {
      let key = Array("key-\(index)".utf8)
      entries.append(
        .init(
          keyOffset: bytes.count, keyLength: key.count, hash: keyHash(key.span.raw, seed: 0),
          record: Record(.none)))
      bytes += key
    }
    return (bytes, entries)
  }
}
