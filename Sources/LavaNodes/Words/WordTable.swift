// Invariants: a slot holds 0 or 1 plus the index of an entry; at most half of the slots are used,
// and their number is a power of two; `bytes` holds the words of the entries one behind the other,
// each with `separator` behind it.

/// Words and how often each was counted: a hash table with open addressing over one array of bytes.
struct WordTable {
  /// What is computed of a word while it is read, byte by byte in lower case.
  ///
  /// Words of up to 8 bytes are told apart by `tail` and `count` alone.
  struct Key {
    /// Mix of all whole groups of 8 bytes.
    private(set) var mix: UInt64 = 0
    /// The last 8 bytes, or all where there are fewer.
    private(set) var tail: UInt64 = 0
    /// Bytes of the word.
    private(set) var count = 0

    /// The key of no bytes.
    init() {}

    @inline(__always)
    mutating func append(_ byte: UInt8) {
      tail = tail << 8 | UInt64(byte)
      count &+= 1
      if count & 7 == 0 { mix = Self.mixed(mix ^ tail) }
    }

    @inline(__always)
    var hash: UInt32 {
      UInt32(
        truncatingIfNeeded: Self.mixed(mix ^ tail ^ UInt64(truncatingIfNeeded: count) &<< 56))
    }

    @inline(__always)
    private static func mixed(_ word: UInt64) -> UInt64 {
      let product = (word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      return product.high ^ product.low
    }
  }

  private struct Entry {
    let tail: UInt64
    let start: Int
    var occurrences: UInt64
    let hash: UInt32
    let count: UInt32
  }

  /// What stands between words in ``text``; no word holds it.
  static let separator = UInt8(ascii: "\n")

  /// Turns letters of ASCII into lower case, and leaves its digits as they are.
  static let asciiFold: UInt8 = 0x20

  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var slots: [UInt32]

  /// Makes an empty table with room for about `count` words.
  init(count: Int = 1 << 10) {
    var slotCount = 16
    while slotCount < 2 * count { slotCount *= 2 }
    slots = Array(repeating: 0, count: slotCount)
    entries.reserveCapacity(count)
    bytes.reserveCapacity(8 * count)
  }

  /// All words in the order in which they were counted first, with ``separator`` behind each.
  var text: [UInt8] { bytes }

  /// Number of different words.
  var count: Int { entries.count }

  /// How often the word at `index` was counted.
  func occurrences(at index: Int) -> UInt64 { entries[index].occurrences }

  /// The word at `index`.
  func word(at index: Int) -> String {
    String(decoding: bytes[range(of: index)], as: UTF8.self)
  }

  private func range(of index: Int) -> Range<Int> {
    entries[index].start..<entries[index].start + Int(entries[index].count)
  }

  // MARK: Counting

  /// Counts a word.
  ///
  /// - Parameters:
  ///   - key: Made of the word's bytes in lower case.
  ///   - text: Where the word stands, in any case.
  ///   - start: Offset of its first byte.
  ///   - fold: Bits set in each byte of the text to get the word's: ``asciiFold``, or none.
  ///   - occurrences: How often it counts.
  /// - Complexity: O(bytes of the word), amortized.
  @inline(__always)
  mutating func count(
    _ key: Key, in text: Span<UInt8>, at start: Int, fold: UInt8, occurrences: UInt64
  ) {
    let hash = key.hash
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let number = slots[slot]
      if number == 0 { break }
      let index = Int(number &- 1)
      if entries[index].hash == hash, entries[index].tail == key.tail,
        Int(entries[index].count) == key.count,
        key.count <= 8 || matches(index, text, start, fold)
      {
        entries[index].occurrences &+= occurrences
        return
      }
      slot = (slot &+ 1) & mask
    }
    insert(key, hash, slot, text, start, fold, occurrences)
  }

  private func matches(
    _ index: Int, _ text: Span<UInt8>, _ start: Int, _ fold: UInt8
  ) -> Bool {
    let word = bytes.span
    let first = entries[index].start
    for offset in 0..<Int(entries[index].count)
    where word[first + offset] != text[start + offset] | fold { return false }
    return true
  }

  @inline(never)
  private mutating func insert(
    _ key: Key, _ hash: UInt32, _ slot: Int, _ text: Span<UInt8>, _ start: Int,
    _ fold: UInt8, _ occurrences: UInt64
  ) {
    let first = bytes.count
    for offset in 0..<key.count { bytes.append(text[start + offset] | fold) }
    bytes.append(Self.separator)
    entries.append(
      Entry(
        tail: key.tail, start: first, occurrences: occurrences, hash: hash,
        count: UInt32(key.count)))
    slots[slot] = UInt32(entries.count)
    if 2 * entries.count > slots.count { grow() }
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: 4 * slots.count)
    let mask = slots.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }

  // MARK: Ranking

  /// The indices of the `limit` most frequent words, most frequent first; equally frequent ones
  /// ascend by their UTF-8 bytes, which is the order of their scalars.
  ///
  /// - Complexity: O(n + m log m) for n words, m of which are about as frequent as those asked for.
  func ranking(limit: Int = .max) -> [Int] {
    let least = leastOccurrences(ofMostFrequent: limit)
    let ranked = entries.indices.lazy.filter { entries[$0].occurrences >= least }
      .map { Rank(occurrences: entries[$0].occurrences, prefix: prefix(of: $0), index: $0) }
      .sorted { left, right in
        if left.occurrences != right.occurrences { return left.occurrences > right.occurrences }
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        return bytes[range(of: left.index)].lexicographicallyPrecedes(bytes[range(of: right.index)])
      }
    return ranked.prefix(limit).map(\.index)
  }

  /// A power of two, or 0, that at least `limit` words reach and few more than needed.
  private func leastOccurrences(ofMostFrequent limit: Int) -> UInt64 {
    var countByBits = [Int](repeating: 0, count: UInt64.bitWidth + 1)
    for entry in entries {
      countByBits[UInt64.bitWidth - entry.occurrences.leadingZeroBitCount] += 1
    }
    var bits = UInt64.bitWidth
    var reached = countByBits[bits]
    while bits > 0, reached < limit {
      bits -= 1
      reached += countByBits[bits]
    }
    return bits == 0 ? 0 : 1 << UInt64(bits - 1)
  }

  private struct Rank {
    let occurrences: UInt64
    /// The first 8 bytes, so that most comparisons need no others.
    let prefix: UInt64
    let index: Int
  }

  private func prefix(of index: Int) -> UInt64 {
    let word = bytes[range(of: index)].prefix(8)
    return word.reduce(0) { $0 << 8 | UInt64($1) } << UInt64(8 * (8 - word.count))
  }
}
