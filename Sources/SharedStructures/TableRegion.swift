import SharedMemory

/// The parts of a table's entry, and its keys.
///
///     header | cells | slots of the index | bytes of the keys
///
/// A slot is {upper half of the key's hash, number of the cell + 1}, or 0; keys are looked for from
/// the slot that the lower half names. A key stays in its cell, and a slot that was taken stays as
/// it is, so a search that meets 0 has met all of the key's path. Of an added key first the bytes
/// are written, then the key word of the cell, then the cell is counted, then its slot is taken: a
/// writer that dies in between leaves at most the last cell without a slot, which the next one
/// gives it.
///
/// **Concurrency.** Any number of readers beside one writer, who alone adds keys.
struct TableRegion: Sendable {
  let region: SharedRegion
  let geometry: TableGeometry
  private let hash: KeyHash
  private let slots: SharedRegion
  private let keys: SharedRegion

  /// The parts of a region that is as long as they are.
  init(_ region: SharedRegion, _ geometry: TableGeometry, seed: UInt64) {
    self.region = region
    self.geometry = geometry
    hash = KeyHash(seed: seed)
    let slotsOffset = TableLayout.headerSize + geometry.capacity * TableLayout.cellSize
    slots = region.region(at: slotsOffset, count: geometry.slotCount * 8)
    keys = region.region(
      at: slotsOffset + geometry.slotCount * 8, count: Self.roundedKeys(geometry))
  }

  static func byteCount(_ geometry: TableGeometry) -> Int {
    TableLayout.headerSize + geometry.capacity * TableLayout.cellSize + geometry.slotCount * 8
      + roundedKeys(geometry)
  }

  private static func roundedKeys(_ geometry: TableGeometry) -> Int {
    (geometry.keyCapacity + 7) & ~7
  }

  /// Fills a region that nobody shares.
  func initialize(seed: UInt64) {
    region.word32(at: 0).storeRelaxed(TableLayout.version)
    region.word(at: TableLayout.capacity).storeRelaxed(UInt64(geometry.capacity))
    region.word(at: TableLayout.slotCount).storeRelaxed(UInt64(geometry.slotCount))
    region.word(at: TableLayout.keyCapacity).storeRelaxed(UInt64(geometry.keyCapacity))
    region.word(at: TableLayout.seed).storeRelaxed(seed)
  }

  // MARK: Cells

  @inline(__always)
  func cell(_ number: Int) -> Int {
    TableLayout.headerSize &+ number &* TableLayout.cellSize
  }

  @inline(__always)
  func control(_ number: Int) -> AtomicWord { region.word(at: cell(number)) }

  @inline(__always)
  func half(_ half: Int, of number: Int) -> Int {
    cell(number) &+ TableLayout.cellHalves &+ half &* TableLayout.halfSize
  }

  func keyWord(_ number: Int) -> AtomicWord {
    region.word(at: cell(number) + TableLayout.cellKey)
  }

  /// Cells whose key is there; `nil` when that cannot be.
  var count: Int? {
    // Pair table-counted: the keys of counted cells are there.
    let count = region.word(at: TableLayout.count).loadAcquiring()
    return count <= UInt64(geometry.capacity) ? Int(count) : nil
  }

  // MARK: Keys

  /// Where the key of a counted cell is; `nil` when it would lie outside.
  @inline(__always)
  func keyPlace(_ number: Int) -> TableKeyWord? {
    // Written before the cell was counted or had a slot, which the caller has acquired.
    let word = TableKeyWord(rawValue: keyWord(number).loadRelaxed())
    return word.offset &+ word.length <= geometry.keyCapacity ? word : nil
  }

  /// The key of a counted cell; `nil` when it would lie outside.
  func key(_ number: Int) -> [UInt8]? {
    keyPlace(number).map { keys.bytes(at: $0.offset, count: $0.length) }
  }

  /// What a search for a key came to.
  enum Found {
    case cell(Int)
    /// There is no such key; the slot where it would go.
    case absent(slot: Int)
    /// The index leads nowhere.
    case corrupt
  }

  /// Searches for a key.
  @inline(__always)
  func find(_ key: RawSpan) -> Found {
    let hash = hash(key)
    let mask = geometry.slotCount &- 1
    var position = Int(truncatingIfNeeded: hash) & mask
    for _ in 0...mask {
      // Pair table-key-added: the cell's key is there.
      let slot = slots.word(at: position &* 8).loadAcquiring()
      if slot == 0 { return .absent(slot: position) }
      if (slot ^ hash) >> 32 == 0 {
        let number = Int(slot & 0xffff_ffff) &- 1
        guard number >= 0, number < geometry.capacity, let place = keyPlace(number) else {
          return .corrupt
        }
        if place.length == key.byteCount, keys.equals(key, at: place.offset) {
          return .cell(number)
        }
      }
      position = (position &+ 1) & mask
    }
    return .corrupt
  }

  /// Where the next key's bytes would go; `nil` when the last one lies outside.
  func keyEnd(count: Int) -> Int? {
    guard count > 0 else { return 0 }
    return keyPlace(count - 1).map { $0.offset + $0.length }
  }

  /// Adds a key that is not there, in the cell after the last one; the caller alone writes.
  ///
  /// - Returns: `false` when somebody else has changed what only the writer changes.
  func add(_ key: RawSpan, at keyEnd: Int, count: Int) -> Bool {
    keys.write(key, at: keyEnd)
    keyWord(count).storeRelaxed(TableKeyWord(offset: keyEnd, length: key.byteCount).rawValue)
    // Pair table-counted.
    let isCounted = region.word(at: TableLayout.count)
      .compareExchange(UInt64(count), UInt64(count + 1))
    return isCounted && takeSlot(for: key, cell: count)
  }

  /// Gives a cell its slot, if it has none.
  func takeSlot(for key: RawSpan, cell: Int) -> Bool {
    switch find(key) {
    case .cell(let number): return number == cell
    case .corrupt: return false
    case .absent(let position):
      let slot = (hash(key) >> 32) << 32 | UInt64(cell + 1)
      // Pair table-key-added.
      return slots.word(at: position * 8).compareExchange(0, slot)
    }
  }
}
