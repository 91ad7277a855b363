import SimDB

/// Performs single operations of a store's workload, and counts what came out wrong.
///
/// Values are read into and written from one scratch buffer of the caller, who keeps it: nothing is
/// allocated or counted per operation. Each `unsafe` here views words as bytes or bytes as words,
/// of which every pattern of bits is valid, inside a buffer of at least one word.
struct StoreActor {
  enum Action {
    case get
    /// As an array, which is made for it.
    case getArray
    /// As ``getArray``, of sixteen keys at once.
    case getMany
    /// The value is looked at where it lies.
    case lend
    case put
    case mixed
    /// A delete, and a put of the same key.
    case reinsert
    case miss
    /// A put of a key that never was, and a delete of the oldest.
    case renew
    /// Chooses a key and does nothing with it: what the loop itself costs.
    case nothing
  }

  private(set) var wrongResults: UInt64 = 0
  private(set) var checksum: UInt64 = 0

  private let action: Action
  private let keys: UInt64
  /// Index of the oldest key.
  private var oldest: UInt64
  private let worker: UInt64
  private let blocksPerValue: ClosedRange<Int>
  private var random: SplitMix64

  /// Makes one worker.
  ///
  /// - Parameter before: Operations that workers before this one have performed on the store.
  init(
    _ action: Action, in scene: StoreScene, seed: UInt64, worker: Int = 0, before: UInt64 = 0
  ) {
    self.action = action
    keys = scene.keys
    oldest = scene.deletedKeys + (action == .renew ? before : 0)
    self.worker = UInt64(worker)
    blocksPerValue = 1...scene.valueBytes.upperBound / scene.valueBytes.lowerBound
    random = SplitMix64(seed: seed)
  }

  mutating func perform(on database: Database, scratch: inout MutableRawSpan) throws {
    switch action {
    case .get: try get(database, &scratch)
    case .getArray:
      let index = anyIndex()
      expect(try database.get(Key(index)), index, scratch.byteCount)
    case .getMany: try getMany(database, scratch.byteCount)
    case .lend: try lend(database, &scratch)
    case .put: try put(anyIndex(), into: database, scratch: &scratch)
    case .mixed:
      if random.below(10) == 0 {
        try put(anyIndex(), into: database, scratch: &scratch)
      } else {
        try get(database, &scratch)
      }
    case .reinsert:
      // Two workers use disjoint keys: each must find the key that it takes away.
      let index = oldest + random.below(keys / 2) * 2 + worker
      try delete(index, from: database)
      try put(index, into: database, scratch: &scratch)
    case .miss: try miss(database, &scratch)
    case .renew:
      try put(oldest + keys, into: database, scratch: &scratch)
      try delete(oldest, from: database)
      oldest += 1
    case .nothing: skip()
    }
  }

  mutating func put(
    _ index: UInt64, into database: Database, scratch: inout MutableRawSpan
  ) throws {
    scratch.storeBytes(of: index, as: UInt64.self)
    let key = Self.key(index)
    if blocksPerValue.count == 1 {
      unsafe try database.put(key.span.bytes, scratch.bytes)
    } else {
      let blocks = 1 + Int(random.below(UInt64(blocksPerValue.count)))
      let length = scratch.byteCount / blocksPerValue.count * blocks
      unsafe try database.put(key.span.bytes, scratch.bytes.extracting(0..<length))
    }
    checksum &+= index
  }

  mutating func delete(_ index: UInt64, from database: Database) throws {
    let key = Self.key(index)
    expect(unsafe try database.delete(key.span.bytes))
  }

  /// For measuring the loop alone.
  private mutating func skip() {
    let key = Self.key(anyIndex())
    checksum &+= key[0] ^ key[1]
  }

  private mutating func get(_ database: Database, _ scratch: inout MutableRawSpan) throws {
    let index = anyIndex()
    let key = Self.key(index)
    let length = unsafe try database.get(key.span.bytes, into: &scratch)
    let opening = unsafe scratch.unsafeLoad(as: UInt64.self)
    if blocksPerValue.count == 1 { expect(length == scratch.byteCount) }
    expect(length != nil && opening == index)
    checksum &+= opening
  }

  private mutating func getMany(_ database: Database, _ byteCount: Int) throws {
    var indexes = InlineArray<16, UInt64>(repeating: 0)
    var keys: [Key] = []
    keys.reserveCapacity(indexes.count)
    for number in indexes.indices {
      indexes[number] = anyIndex()
      keys.append(Key(indexes[number]))
    }
    let values = try database.getMany(keys)
    for number in indexes.indices { expect(values[number], indexes[number], byteCount) }
  }

  private mutating func expect(_ value: [UInt8]?, _ index: UInt64, _ byteCount: Int) {
    let opening = value.flatMap { value in
      value.count == byteCount ? unsafe value.span.bytes.unsafeLoad(as: UInt64.self) : nil
    }
    expect(opening == index)
    checksum &+= index
  }

  private mutating func lend(_ database: Database, _ scratch: inout MutableRawSpan) throws {
    let index = anyIndex()
    let key = Self.key(index)
    let byteCount = scratch.byteCount
    let opening = unsafe try database.withValue(key.span.bytes) { value, isCopy in
      value.byteCount == byteCount && !isCopy ? unsafe value.unsafeLoad(as: UInt64.self) : nil
    }
    expect(opening == index)
    checksum &+= index
  }

  private mutating func miss(_ database: Database, _ scratch: inout MutableRawSpan) throws {
    let index = anyIndex() + 1 << 40
    let key = Self.key(index)
    expect(unsafe try database.get(key.span.bytes, into: &scratch) == nil)
    checksum &+= index
  }

  private mutating func anyIndex() -> UInt64 { oldest + random.below(keys) }

  private mutating func expect(_ holds: Bool) {
    if !holds { wrongResults += 1 }
  }

  /// A key that needs no array.
  private struct Key: ByteSource {
    private let words: InlineArray<2, UInt64>

    init(_ index: UInt64) { words = StoreActor.key(index) }

    func withBytes<Result, Failure: Error>(
      _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      unsafe try body(words.span.bytes)
    }
  }

  private static func key(_ index: UInt64) -> InlineArray<2, UInt64> {
    var low = SplitMix64(seed: index * 2 + 1)
    var high = SplitMix64(seed: index * 2 + 2)
    return [low.next(), high.next()]
  }
}
