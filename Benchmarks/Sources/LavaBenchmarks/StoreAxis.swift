/// What grows from one measurement of a workload to the next.
enum StoreAxis {
  /// Keys from a thousand up; stores of more than a million are Lava's alone.
  case keys(largest: UInt64 = 1_000_000)
  /// Nothing grows.
  case none(valueBytes: Int, keys: UInt64)
  /// The size of 64 values, from 16 B to 16 MiB.
  case valueSize
  /// Measured processes, which share the processors there are.
  case processes
  /// Attached processes, all but one of which do nothing.
  case participants
  /// How much of a store's blocks is in use, of a store with the fullest index there can be.
  case load(blocksPerValue: ClosedRange<Int> = 1...1)
  /// How much of what was ever put has been deleted.
  case deleted
  /// How many times as many keys as the store has room for have come and gone.
  case churned
  /// Nothing is done, so nothing grows.
  case loop

  private static let together = ["1 process", "2 processes", "2 threads"]

  var shapes: [String] {
    switch self {
    case .keys, .none: Self.together
    case .valueSize: ["by size of values"]
    case .processes: ["by processes"]
    case .participants: ["by attached processes"]
    case .load: ["by used blocks"]
    case .deleted: ["by deleted keys"]
    case .churned: ["by keys that came and went"]
    case .loop: ["1 process"]
    }
  }

  private var ats: [UInt64] {
    switch self {
    case .keys(let largest):
      [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].filter { $0 <= largest }
    case .none, .loop: [0]
    case .valueSize: (0...10).map { 16 << (2 * $0) }
    case .processes: [1, 2, 3, 4, 6, 8]
    case .participants: [1, 16, 64, 256, 1_024]
    case .load: [25, 50, 75, 90, 95]
    case .deleted: [0, 50, 90, 99]
    case .churned: [0, 1, 10, 100]
    }
  }

  /// Where the axis is looked at in `shape`.
  func points(shape: String) -> [Case.Point] {
    ats.compactMap { at in
      // The largest stores are measured by one process.
      guard at <= 1_000_000 || shape == "1 process" || shape.hasPrefix("by ") else { return nil }
      return scene(shape: shape, at: at).map { Case.Point(at: at, bytes: $0.fileBytes) }
    }
  }

  /// How results tell `at`.
  func label(_ at: UInt64) -> String {
    switch self {
    case .keys: "\(at) keys"
    case .none, .loop: Measurement.nowhere
    case .valueSize: "\(at) B"
    case .processes: at == 1 ? "1 process" : "\(at) processes"
    case .participants: "\(at) attached"
    case .load: "\(at) % of blocks"
    case .deleted: "\(at) % deleted"
    case .churned: at == 1 ? "1 time" : "\(at) times"
    }
  }

  func scene(shape: String, at: UInt64) -> StoreScene? {
    switch self {
    case .keys:
      guard at >= 2 else { return nil }
      return Self.shaped(shape, StoreScene(keys: at))
    case .none(let valueBytes, let keys):
      return Self.shaped(shape, StoreScene(keys: keys, valueBytes: valueBytes...valueBytes))
    case .valueSize:
      guard at >= 8, at <= 1 << 30 else { return nil }
      return StoreScene(keys: 64, valueBytes: Int(at)...Int(at))
    case .processes:
      guard (1...8).contains(at) else { return nil }
      return StoreScene(keys: 100_000, processes: Int(at))
    case .participants:
      guard (1...1_024).contains(at) else { return nil }
      return StoreScene(keys: 100_000, idleProcesses: Int(at) - 1)
    case .load(let blocksPerValue):
      guard (1...99).contains(at) else { return nil }
      // Three quarters of an index of 16,384 groups.
      let blocks: UInt64 = 86_000
      let both = UInt64(blocksPerValue.lowerBound + blocksPerValue.upperBound)
      return StoreScene(
        keys: blocks * at / 100 * 2 / both,
        valueBytes: blocksPerValue.lowerBound * 64...blocksPerValue.upperBound * 64,
        blockCount: Int(blocks))
    case .deleted:
      guard at < 100 else { return nil }
      // Room for a million keys, whether they were put or not.
      let keys: UInt64 = 10_000
      return StoreScene(
        keys: keys, deletedKeys: keys * 100 / (100 - at) - keys, blockCount: 1_250_000)
    case .churned:
      let keys: UInt64 = 100_000
      return StoreScene(keys: keys, deletedKeys: keys * at)
    case .loop: return StoreScene(keys: 100_000)
    }
  }

  private static func shaped(_ shape: String, _ scene: StoreScene) -> StoreScene {
    var scene = scene
    scene.processes = shape == "2 processes" ? 2 : 1
    scene.threads = shape == "2 threads" ? 2 : 1
    return scene
  }
}
