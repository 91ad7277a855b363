import SharedMemory

/// The stretches of mapped bytes, one in each run, that some of a record's bytes lie in.
///
/// Where the runs end too early, or lead out of the store, so do the parts: whoever needs the bytes
/// counts them. Each run holds at least one byte, so a ring of runs ends when enough was given out.
struct RecordParts {
  private let space: BlockSpace
  /// The rest of a record in one run.
  private var whole: SharedRegion?
  private var run: FragmentRun?
  private var toSkip: Int
  private var left: Int

  init(_ record: Record, from offset: Int, count: Int, in space: BlockSpace) {
    self.space = space
    toSkip = offset
    left = count
    if record.lengths.isFragmented {
      run = FragmentRun(record.block, in: space)
    } else {
      whole = space.bytes(from: record.block, count: offset + count)
    }
  }

  mutating func next() -> SharedRegion? {
    if let bytes = whole {
      whole = nil
      return bytes.region(at: toSkip, count: left)
    }
    while let current = run, left > 0 {
      run = current.next(in: space)
      let skipped = min(toSkip, current.payload.count)
      toSkip -= skipped
      let count = min(left, current.payload.count - skipped)
      guard count > 0 else { continue }
      left -= count
      return current.payload.region(at: skipped, count: count)
    }
    return nil
  }
}
