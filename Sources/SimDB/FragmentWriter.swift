import SharedMemory

/// Writes bytes one after the other through several runs.
struct FragmentWriter {
  private let space: BlockSpace
  private var left: ArraySlice<Range<Int>>
  private var payload: SharedRegion?
  private var position = 0

  init(_ runs: [Range<Int>], _ space: BlockSpace) {
    self.space = space
    left = runs[...]
    enterNextRun()
  }

  private mutating func enterNextRun() {
    guard let run = left.popFirst() else {
      payload = nil
      return
    }
    let bytes = space.claimedBytes(from: run.lowerBound, count: run.count * space.blockSize)
    let next = left.first.map { $0.lowerBound + 1 } ?? 0
    bytes.word(at: 0).storeRelaxed(UInt64(run.count) | UInt64(next) << 32)
    payload = bytes.region(from: FragmentRun.linkLength)
    position = 0
  }

  mutating func write(_ bytes: RawSpan) {
    var written = 0
    while written < bytes.byteCount, let payload {
      let count = min(bytes.byteCount - written, payload.count - position)
      payload.write(bytes.extracting(written..<written + count), at: position)
      written += count
      skip(count)
    }
  }

  mutating func skip(_ count: Int) {
    var toSkip = count
    while let payload, toSkip >= payload.count - position {
      toSkip -= payload.count - position
      enterNextRun()
    }
    position += toSkip
  }
}
