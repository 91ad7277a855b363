import Foundation
import SimDB
import Synchronization
import Tbl
import TestSupport
import Testing

/// Documents that are read where they lie in a store.
@Suite(.timeLimit(.minutes(2))) struct LentDocumentTests {
  let scratch = Scratch()

  /// What was read once and found right must not be read again.
  @Test func `a document that changes while it is read gives values or errors`() throws {
    var generator = SeededGenerator()
    let watchdog = Watchdog("seed \(generator.seed)")
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 1_024))
    let document = try Self.document().bytes
    try store.put("document", document, type: .tbl)
    let place = try #require(
      Data(contentsOf: URL(filePath: store.path)).firstRange(of: document)?.lowerBound)
    let hasEnded = Atomic<Bool>(false)
    let seed = generator.next()
    let rounds = 40 * scale
    try inThreads([
      {
        for _ in 0..<rounds {
          try watchdog.watch {
            _ = try store.withValue("document") { bytes, _ in
              var walk = DocumentWalk()
              walk.all(of: bytes)
            }
          }
        }
        hasEnded.store(true, ordering: .releasing)
      },
      {
        var generator = SeededGenerator(seed: seed)
        let file = try FileHandle(forUpdating: URL(filePath: store.path))
        while !hasEnded.load(ordering: .acquiring) {
          let offset = Int.random(in: 0..<document.count / 4, using: &generator) * 4
          var word = Array(document[offset..<offset + 4])
          // What is wrong for good is soon all that is told.
          for isDamage in [true, false] {
            word = Array(document[offset..<offset + 4])
            if isDamage {
              word[Int.random(in: 0..<4, using: &generator)] = UInt8.random(
                in: 0...255, using: &generator)
            }
            try file.seek(toOffset: UInt64(place + offset))
            try file.write(contentsOf: word)
          }
        }
      },
    ])
    let copy = try #require(try store.get("document"))
    #expect(copy == document)
  }

  private static func document() throws -> Tbl {
    let inner = try build { builder in
      for index in 0..<10 { builder.set("key-\(index)", index) }
      builder.set("é", "a text that is longer than a word, with an é in it")
    }
    return try build { builder in
      builder.setVector(values: [.int(1), .string("é"), .table(inner), .floats([1, 2])])
      builder.set("matrix", vector: [1.5, 2, 3, 4, 5, 6], shape: [2, 3])
      builder.set("texts", vector: ["a", "é", "more than fifteen bytes é"])
      builder.set("tables", vector: [inner, inner])
      builder.set("inner", inner)
      let numbers: [Int16] = [1, 0, 2, 0, 3, 4, 0, 5, 0, 6]
      if let tensor = try? Tbl.Tensor(numbers.span, shape: [2, 3], strides: [5, 2]) {
        builder.set("strides", tensor: tensor, keepingStrides: true)
      }
    }
  }
}
