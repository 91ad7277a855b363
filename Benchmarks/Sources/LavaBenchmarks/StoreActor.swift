import SimDB

/// Performs single operations of a store's workload, and counts what came out wrong.
///
/// Values are read into and written from one scratch buffer of the caller, who keeps it: nothing is
/// allocated or counted per operation. Each `unsafe` here views words as bytes or bytes as words,
/// of which every pattern of bits is valid, inside a buffer of at least one word.
struct StoreActor {
  enum Action {
    case get
    case put
    case mixed
    case churn
    case miss
  }

  private(set) var wrongResults: UInt64 = 0
  private(set) var checksum: UInt64 = 0

  private let action: Action
  private let keys: UInt64
  private let process: UInt64
  private var random: SplitMix64

  init(_ action: Action, keys: UInt64, seed: UInt64, process: Int) {
    self.action = action
    self.keys = keys
    self.process = UInt64(process)
    random = SplitMix64(seed: seed)
  }

  mutating func perform(
    on database: Database, scratch: inout MutableRawSpan
  ) throws(StoreError) {
    switch action {
    case .get: try get(database, &scratch)
    case .put: try put(random.below(keys), into: database, scratch: &scratch)
    case .mixed:
      if random.below(10) == 0 {
        try put(random.below(keys), into: database, scratch: &scratch)
      } else {
        try get(database, &scratch)
      }
    case .churn: try churn(database, &scratch)
    case .miss: try miss(database, &scratch)
    }
  }

  mutating func put(
    _ index: UInt64, into database: Database, scratch: inout MutableRawSpan
  ) throws(StoreError) {
    scratch.storeBytes(of: index, as: UInt64.self)
    let key = Self.key(index)
    unsafe try database.put(key.span.bytes, scratch.bytes)
    checksum &+= index
  }

  private mutating func get(
    _ database: Database, _ scratch: inout MutableRawSpan
  ) throws(StoreError) {
    let index = random.below(keys)
    let key = Self.key(index)
    let length = unsafe try database.get(key.span.bytes, into: &scratch)
    let opening = unsafe scratch.unsafeLoad(as: UInt64.self)
    expect(length == scratch.byteCount && opening == index)
    checksum &+= opening
  }

  /// Two processes use disjoint keys: each must find the key that it takes away.
  private mutating func churn(
    _ database: Database, _ scratch: inout MutableRawSpan
  ) throws(StoreError) {
    let index = random.below(keys / 2) * 2 + process
    let key = Self.key(index)
    expect(unsafe try database.delete(key.span.bytes))
    try put(index, into: database, scratch: &scratch)
  }

  private mutating func miss(
    _ database: Database, _ scratch: inout MutableRawSpan
  ) throws(StoreError) {
    let index = random.below(keys) + 1 << 40
    let key = Self.key(index)
    expect(unsafe try database.get(key.span.bytes, into: &scratch) == nil)
    checksum &+= index
  }

  private mutating func expect(_ holds: Bool) {
    if !holds { wrongResults += 1 }
  }

  private static func key(_ index: UInt64) -> InlineArray<2, UInt64> {
    var low = SplitMix64(seed: index * 2 + 1)
    var high = SplitMix64(seed: index * 2 + 2)
    return [low.next(), high.next()]
  }
}
