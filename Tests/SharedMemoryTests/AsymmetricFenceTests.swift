import SharedMemory
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
    let most: UInt64 = 20_000
    let end = SystemClock.monotonicNanoseconds + 1_000_000_000
    let ends = (0..<2).map { segment.region.word(at: segment.layout.blocksOffset + 64 * $0) }
    let starts = (2..<4).map { segment.region.word(at: segment.layout.blocksOffset + 64 * $0) }
    let saw = LocalMutex<[[Bool]]>([[], []])
    try inThreads(
      [false, true].enumerated().map { number, isHeavy in
        {
          var seen: [Bool] = []
          var round: UInt64 = 1
          while round <= most {
            let isOver = !isHeavy && SystemClock.monotonicNanoseconds > end
            // Both begin at once: who comes first must be there when the other comes.
            starts[number].exchangeSequential(isOver ? .max : round)
            if isOver { break }
            var spins = 0
            while starts[1 - number].loadSequential() < round {
              spins += 1
              if spins > 20_000 { LocalThread.yield() }
            }
            if starts[1 - number].loadSequential() == .max { break }
            ends[number].storeRelaxed(round)
            if isHeavy {
              #expect(AsymmetricFence.heavy())
            } else {
              AsymmetricFence.light()
            }
            seen.append(ends[1 - number].loadRelaxed() >= round)
            round += 1
          }
          saw.withLock { $0[number] = seen }
        }
      })
    let blind = saw.withLock { saw in zip(saw[0], saw[1]).count { !$0 && !$1 } }
    #expect(blind == 0, "neither saw the other in \(blind) rounds")
    _ = segment
  }
}
