import SharedMemory
import Synchronization
import TestSupport
import Testing

/// The fence that costs one side nothing.
@Suite struct AsymmetricFenceTests {
  let scratch = Scratch()

  @Test(.enabled(if: AsymmetricFence.enlist(), "the kernel fences for nobody"))
  func `of two that write and then look one sees the other`() throws {
    let path = scratch.database()
    #expect(try Segment.create(path: path, geometry: Geometry(blockSize: 64, blockCount: 64)))
    let segment = try Segment.attach(path: path, writable: true)
    let rounds: UInt64 = 3_000
    let ends = (0..<2).map { segment.region.word(at: segment.layout.blocksOffset + 64 * $0) }
    let starts = (2..<4).map { segment.region.word(at: segment.layout.blocksOffset + 64 * $0) }
    let saw = Mutex<[[Bool]]>([[], []])
    try inThreads(
      [false, true].enumerated().map { number, isHeavy in
        {
          var seen: [Bool] = []
          for round in 1...rounds {
            // Both begin at once.
            starts[number].exchangeSequential(round)
            var spins = 0
            while starts[1 - number].loadSequential() < round {
              spins += 1
              if spins > 1_000 { LocalThread.yield() }
            }
            ends[number].storeRelaxed(round)
            if isHeavy {
              guard AsymmetricFence.heavy() else { Issue.record("nobody fenced"); return }
            } else {
              AsymmetricFence.light()
            }
            seen.append(ends[1 - number].loadRelaxed() >= round)
          }
          saw.withLock { $0[number] = seen }
        }
      })
    let blind = saw.withLock { saw in saw[0].indices.filter { !saw[0][$0] && !saw[1][$0] } }
    #expect(blind.isEmpty, "neither saw the other in \(blind.count) rounds of \(rounds)")
    _ = segment
  }
}
