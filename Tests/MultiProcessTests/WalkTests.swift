import Foundation
import TestSupport
import Testing

@testable import SimDB

/// Looks at all entries while other processes move the index, or were stopped while they did.
@Suite(.timeLimit(.minutes(2))) struct WalkTests {
  let scratch = Scratch()

  @Test func `what stands throughout a walk comes, however often others move the index`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 512))
    let viewer = try Database.openReadOnly(scratch.database())
    let kept = (100..<200).map { Array("kept \($0)".utf8) }
    for key in kept { try store.put(key, key) }
    let movers = try ["1", "2"].map { try Subject(["wander", scratch.database(), $0]) }
    for mover in movers { #expect(mover.readLine() == "ready") }
    var epochs: Set<UInt64> = []
    var movedWalks = 0
    while movedWalks < 20 || epochs.count < 5 {
      let before = store.index.state()
      epochs.insert(before.epoch)
      for database in [store, viewer] {
        #expect(try database.keys(prefix: "kept") == kept)
        #expect(try database.entries(prefix: "kept").map(\.key) == kept)
        var met: [[UInt8]] = []
        try database.forEachEntry(prefix: "kept") { met.append($0.key) }
        #expect(met.sorted { $0.lexicographicallyPrecedes($1) } == kept)
      }
      movedWalks += store.index.state() == before ? 0 : 1
      // Every second time one of them is stopped, wherever it is.
      movers[0].signal(epochs.count % 2 == 0 ? SIGSTOP : SIGCONT)
    }
    for mover in movers {
      mover.signal(SIGKILL)
      mover.wait()
    }
    #expect(try store.sweep() == 2)
    #expect(try store.keys(prefix: "kept") == kept)
    #expect(store.check() == [])
  }
}
