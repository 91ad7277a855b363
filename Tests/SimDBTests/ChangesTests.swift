import Foundation
import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Whoever follows the changes of a database has in the end what it has.
@Suite(.timeLimit(.minutes(2))) struct ChangesTests {
  let scratch = Scratch()

  private func makeStore(blockCount: Int = 1_024) throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: blockCount))
  }

  private func next(_ iterator: inout Changes.AsyncIterator) async throws -> String? {
    switch try await iterator.next() {
    case .put(let key, _): "put \(String(decoding: key, as: UTF8.self))"
    case .deleted(let key): "deleted \(String(decoding: key, as: UTF8.self))"
    case nil: nil
    }
  }

  @Test(arguments: [true, false])
  func `what there is comes first, in order, and then what changes`(isWritable: Bool) async throws {
    let store = try makeStore()
    for key in ["b", "c", "a"] { try store.put(key, "value") }
    let viewer = try isWritable ? store : Database.openReadOnly(scratch.database())
    var changes = try viewer.changes().makeAsyncIterator()
    for key in ["a", "b", "c"] { #expect(try await next(&changes) == "put \(key)") }
    try store.put("b", "other")
    #expect(try await next(&changes) == "put b")
    try store.delete("a")
    #expect(try await next(&changes) == "deleted a")
    let generation = try store.put("d", "value")
    #expect(try await changes.next() == .put(key: Array("d".utf8), generation: generation))
  }

  @Test(arguments: [true, false])
  func `without what there is, all that changes after the call comes`(isWritable: Bool) async throws
  {
    let store = try makeStore()
    for key in ["a", "b", "c"] { try store.put(key, "value") }
    let viewer = try isWritable ? store : Database.openReadOnly(scratch.database())
    let changes = try viewer.changes(includingPresent: false)
    try store.delete("b")
    // Each iterator begins where the call was.
    for _ in 0..<2 {
      var iterator = changes.makeAsyncIterator()
      #expect(try await next(&iterator) == "deleted b")
    }
  }

  @Test func `only keys with the prefix come, whatever their bytes`() async throws {
    let store = try makeStore()
    try store.put("motor/left", "1")
    try store.put("wheel", "1")
    var changes = try store.changes(prefix: "motor/").makeAsyncIterator()
    #expect(try await next(&changes) == "put motor/left")
    try store.put("wheel", "2")
    try store.delete("wheel")
    try store.put("motor", "2")
    try store.put("motor/a key that the header of a block has no room for", "2")
    #expect(
      try await next(&changes) == "put motor/a key that the header of a block has no room for")
    let bytes: [UInt8] = [0xff, 0]
    var others = try store.changes(prefix: bytes, includingPresent: false).makeAsyncIterator()
    try store.put([0xff, 1] as [UInt8], "3")
    try store.put(bytes + [7], "3")
    #expect(try await others.next()?.key == bytes + [7])
  }

  @Test func `a slow consumer gets the last of many changes, and is told of it once`() async throws
  {
    let store = try makeStore()
    try store.put("first", "")
    var changes = try store.changes().makeAsyncIterator()
    #expect(try await next(&changes) == "put first")
    var last: UInt64 = 0
    for round in 0..<1_000 { last = try store.put("key", "\(round)") }
    #expect(try await changes.next() == .put(key: Array("key".utf8), generation: last))
    try store.put("gone", "")
    try store.delete("gone")
    try store.put("end", "")
    #expect(try await next(&changes) == "put end", "what came and went meanwhile is skipped")
  }

  @Test(arguments: [true, false])
  func `writers on several threads are followed to the end`(isWritable: Bool) async throws {
    let seed = SeededGenerator().seed
    let store = try makeStore()
    let viewer = try isWritable ? store : Database.openReadOnly(scratch.database())
    let whole = Mirror(try viewer.changes())
    let part = Mirror(try viewer.changes(prefix: "key 1"))
    for round in UInt64(0)..<5 {
      try inThreads(
        (0..<3).map { thread in
          {
            var generator = SeededGenerator(seed: seed &+ round * 3 &+ UInt64(thread))
            for number in 0..<2_000 {
              let key = "key \(Int.random(in: 0..<40, using: &generator))"
              switch Int.random(in: 0..<4, using: &generator) {
              case 0: try store.delete(key)
              case 1: _ = try store.putIfAbsent(key, "\(number)")
              default: try store.put(key, "\(number)")
              }
            }
          }
        })
      try await waitUntil(within: 60) {
        try whole.shows(store) && part.shows(store, prefix: "key 1")
      }
    }
    #expect(whole.surprises == [] && part.surprises == [])
    #expect(whole.changeCount > 40 && store.check() == [])
  }

  @Test func `what is put while a reader looks is found by that look or the next`() throws {
    let seed = SeededGenerator().seed
    // Nearly every key has a share of the index to itself, so that no later change makes good what a
    // look has missed.
    let store = try makeStore(blockCount: 16_384)
    var reader = try ChangeReader(store, prefix: [])
    var told: [[UInt8]: UInt64] = [:]
    func look() throws {
      for case .put(let key, let generation) in try reader.look() { told[key] = generation }
    }
    for round in UInt64(0)..<8 {
      let isOver = Counter()
      let writer = LocalThread(name: "writer") {
        var generator = SeededGenerator(seed: seed &+ round)
        for key in 0..<300 {
          for _ in 0..<Int.random(in: 1...40, using: &generator) {
            _ = try? store.put("key \(key)", "value")
          }
        }
        isOver.add(1)
      }
      while isOver.value == 0 { try look() }
      try #require(writer).join()
      try look()
      for key in try store.keys() { #expect(try told[key] == store.generation(key)) }
      #expect(told.count == 300)
    }
  }

  @Test func `cancellation ends a feed at once, and takes the watcher away`() async throws {
    let store = try makeStore()
    try store.put("key", "value")
    do {
      let mirror = Mirror(try store.changes())
      try await waitUntil(within: 60) { try mirror.shows(store) }
      #expect(Participant.isAnyWatching(in: store.segment))
      mirror.cancel()
      try await waitUntil(within: 60) { mirror.isOver }
      #expect(mirror.failure == nil)
    }
    try await waitUntil(within: 60) { !Participant.isAnyWatching(in: store.segment) }
    let changes = try store.changes()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      var iterator = changes.makeAsyncIterator()
      return try await iterator.next()
    }
    task.cancel()
    #expect(try await task.value == nil)
  }

  @Test(arguments: [true, false])
  func `a dropped database ends its feed with an error, after what was put before`(
    isWritable: Bool
  ) async throws {
    _ = try await watchEnd(isWritable: isWritable) { try $0.drop() }
  }

  /// Watches one change of a store that `end` makes nobody find any more.
  ///
  /// - Returns: The store, and why its feed has ended.
  private func watchEnd(
    isWritable: Bool, by end: (Database) throws -> Void
  ) async throws -> (store: Database, failure: StoreError?) {
    let store = try makeStore()
    let viewer = try isWritable ? store : Database.openReadOnly(scratch.database())
    let mirror = Mirror(try viewer.changes())
    try store.put("key", "value")
    try end(store)
    try await waitUntil(within: 60) { mirror.isOver }
    #expect(mirror.failure?.code == .dropped)
    #expect(mirror.changeCount == 1 && mirror.surprises == [])
    return (store, mirror.failure)
  }

  @Test(arguments: [true, false])
  func `a database whose file is deleted ends its feed with an error, after what was put before`(
    isWritable: Bool
  ) async throws {
    let (store, failure) = try await watchEnd(isWritable: isWritable) { _ in
      try FileManager.default.removeItem(atPath: scratch.database())
    }
    #expect(failure?.reason == "its file was removed while it was watched")
    // Nobody has dropped it: its users go on.
    try store.put("key", "later")
    #expect(store.isLive)
  }

  @Test func `a database that never had a name ends its feed only when it is dropped`() throws {
    let store = try Database.anonymous(Geometry(blockSize: 64, blockCount: 64))
    let reader = try ChangeReader(store, prefix: [])
    #expect(reader.end == nil)
    try store.drop()
    #expect(reader.end?.reason == "it was dropped while it was watched")
  }

  @Test func `a structure comes when it is made, and not when it is used`() async throws {
    let store = try makeStore()
    var changes = try store.changes().makeAsyncIterator()
    let handle = try store.structure("queue", type: .queue, creating: (64, { _ in }))
    #expect(try await next(&changes) == "put queue")
    handle.region.word(at: 0).storeRelaxed(7)
    try store.put("end", "")
    #expect(try await next(&changes) == "put end")
  }
}
