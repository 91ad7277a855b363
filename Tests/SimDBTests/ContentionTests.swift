import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// A reader whose writer always wins: the entry is replaced whenever it is copied.
///
///     reader                                 writer
///     finds the entry
///     copies it                              replaces it
///     looks again: another one, so once more
@Suite(.timeLimit(.minutes(2))) struct ContentionTests {
  let scratch = Scratch()
  private let key = Array("key".utf8)

  private func makeStore() throws -> Database {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    try store.put(key, value(0))
    return store
  }

  private func value(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(number & 0xff), count: 300)
  }

  /// What `reader` gets, and how often it copied, when `writer` replaces the entry during each copy.
  private func read(
    _ reader: Database, against writer: Database
  ) throws -> (value: [UInt8]?, copies: Int) {
    var copies = 0
    let hash = reader.index.hash(key.rawSpan)
    let value = try reader.read(key.rawSpan, hash: hash) { record, _ -> [UInt8]? in
      copies += 1
      #expect(throws: Never.self) { try writer.put(key, self.value(copies)) }
      return record.copyValue(in: reader.space) ?? []
    }
    return (value, copies)
  }

  @Test func `who may write pins what was replaced twice, and gets it whole`() throws {
    let store = try makeStore()
    let (found, copies) = try read(store, against: store)
    #expect(copies == 3)
    #expect(found == value(2), "as it was when it was pinned")
    #expect(try store.get(key) == value(3))
    #expect(try store.participants().map(\.pins) == [0])
    #expect(store.check() == [])
  }

  @Test func `who may only read gives up after a second, and says what helps`() throws {
    let store = try makeStore()
    let viewer = try Database.openReadOnly(scratch.database())
    let begin = SystemClock.monotonicNanoseconds
    let error = #expect(throws: StoreError.self) { _ = try read(viewer, against: store) }
    let seconds = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
    #expect(error?.code == .contended && error?.remedy.contains("attach for writing") == true)
    // Each copy is short, so it is late by little but what the machine is busy with.
    #expect(seconds >= 1 && seconds < 10)
    #expect(try viewer.get(key) == store.get(key))
  }

  @Test func `a thread that has as many pins as it can gives up after a second, too`() throws {
    let store = try makeStore()
    func nest(_ depth: Int) throws {
      guard depth > 0 else {
        let error = #expect(throws: StoreError.self) { _ = try read(store, against: store) }
        #expect(error?.code == .contended && error?.remedy.contains("try again") == true)
        return
      }
      _ = try store.withValue(key) { _, _ in try nest(depth - 1) }
    }
    try nest(Lane.pinCount)
    #expect(store.check() == [])
  }
}
