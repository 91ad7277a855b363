/// Runs of free blocks that one thread has passed by or freed, by their length: where it looks
/// first.
///
/// So a search for a long run is not in vain for the short ones, and each value takes a run that it
/// fills, while there is one.
///
/// All of it are hints. What is claimed is claimed header by header; a run that others have taken
/// is found out then, and one that was forgotten here is found again by the next search.
///
/// **Concurrency.** One thread at a time.
struct FreeRuns {
  /// From this length on runs are kept together.
  private static let longest = 16
  /// Runs of one length.
  private static let capacity = 32

  private var runs: [Range<Int>] = []
  private var counts: [Int] = []
  /// Bit *n*: there are runs of *n* + 1 blocks.
  private var lengths: UInt32 = 0

  /// Whether any run was ever remembered.
  var isInUse: Bool { !counts.isEmpty }

  /// Remembers a run, in the place of another where there are enough of its length.
  mutating func note(_ run: Range<Int>) {
    guard !run.isEmpty else { return }
    if counts.isEmpty {
      counts = Array(repeating: 0, count: Self.longest)
      runs = Array(repeating: 0..<0, count: Self.longest * Self.capacity)
    }
    let bin = Self.bin(of: run.count)
    var place = counts[bin]
    if place < Self.capacity {
      counts[bin] += 1
    } else {
      place = run.lowerBound % Self.capacity
    }
    runs[bin * Self.capacity + place] = run
    lengths |= 1 << bin
  }

  /// Takes the shortest run of at least `length` blocks that is remembered, out of it.
  mutating func take(atLeast length: Int) -> Range<Int>? {
    let fitting = lengths & ~0 << UInt32(Self.bin(of: length))
    guard fitting != 0 else { return nil }
    let bin = fitting.trailingZeroBitCount
    guard bin == Self.longest - 1 else { return removeLast(bin) }
    let first = bin * Self.capacity
    guard
      let found = runs[first..<first + counts[bin]].lastIndex(where: { $0.count >= length })
    else { return nil }
    runs.swapAt(found, first + counts[bin] - 1)
    return removeLast(bin)
  }

  /// Takes the longest run that is remembered, or one of them, out of it.
  mutating func takeLongest() -> Range<Int>? {
    lengths == 0 ? nil : removeLast(31 - lengths.leadingZeroBitCount)
  }

  private mutating func removeLast(_ bin: Int) -> Range<Int> {
    counts[bin] -= 1
    if counts[bin] == 0 { lengths &= ~(1 << bin) }
    return runs[bin * Self.capacity + counts[bin]]
  }

  private static func bin(of length: Int) -> Int { min(length, longest) - 1 }
}
