/// What is done to a store, and along which axis the cost of it may grow.
///
/// S1 to S6 are those of the peers, who tell of no changes and get one value at a time; the others
/// ask how the cost grows.
struct StoreWorkload {
  let id: String
  let title: String
  let action: StoreActor.Action
  let axis: StoreAxis
  /// Operations of one worker; of all together along the axis of processes.
  var operations: UInt64 = 1_000_000
  /// The cost is told for each.
  var keysPerOperation: UInt64 = 1
  /// Whether another process follows the changes of all keys meanwhile.
  var isFollowed = false

  static let all = [
    StoreWorkload(id: "S1", title: "S1 get", action: .get, axis: .keys(largest: 100_000_000)),
    StoreWorkload(id: "S2", title: "S2 put over", action: .put, axis: .keys(largest: 100_000_000)),
    StoreWorkload(id: "S3", title: "S3 90 % get, 10 % put", action: .mixed, axis: .keys()),
    StoreWorkload(
      id: "S4-get-4KiB", title: "S4 get 4 KiB", action: .get,
      axis: .none(valueBytes: 4096, keys: 4096), operations: 100_000),
    StoreWorkload(
      id: "S4-put-4KiB", title: "S4 put 4 KiB", action: .put,
      axis: .none(valueBytes: 4096, keys: 4096), operations: 100_000),
    StoreWorkload(
      id: "S4-get-1MiB", title: "S4 get 1 MiB", action: .get,
      axis: .none(valueBytes: 1 << 20, keys: 64), operations: 1000),
    StoreWorkload(
      id: "S4-put-1MiB", title: "S4 put 1 MiB", action: .put,
      axis: .none(valueBytes: 1 << 20, keys: 64), operations: 1000),
    StoreWorkload(
      id: "S5", title: "S5 delete + insert", action: .reinsert, axis: .keys(), operations: 200_000),
    StoreWorkload(id: "S6", title: "S6 get of an absent key", action: .miss, axis: .keys()),
    StoreWorkload(
      id: "S7", title: "S7 put over, followed", action: .put, axis: .keys(), isFollowed: true),
    StoreWorkload(
      id: "S8", title: "S8 get, one array", action: .getArray, axis: .keys(), operations: 500_000),
    StoreWorkload(
      id: "S9", title: "S9 get, 16 arrays a call", action: .getMany, axis: .keys(),
      operations: 500_000 / 16, keysPerOperation: 16),

    StoreWorkload(id: "V1", title: "V1 get", action: .get, axis: .valueSize),
    StoreWorkload(id: "V2", title: "V2 put over", action: .put, axis: .valueSize),
    StoreWorkload(id: "V3", title: "V3 get in place", action: .lend, axis: .valueSize),

    StoreWorkload(id: "C1", title: "C1 get", action: .get, axis: .processes),
    StoreWorkload(id: "C2", title: "C2 put over", action: .put, axis: .processes),

    StoreWorkload(id: "A1", title: "A1 get", action: .get, axis: .participants),
    StoreWorkload(id: "A2", title: "A2 put over", action: .put, axis: .participants),
    StoreWorkload(id: "A3", title: "A3 get in place", action: .lend, axis: .participants),

    StoreWorkload(id: "F1", title: "F1 get", action: .get, axis: .load()),
    StoreWorkload(id: "F2", title: "F2 put over", action: .put, axis: .load()),
    StoreWorkload(
      id: "F3", title: "F3 delete + insert", action: .reinsert, axis: .load(), operations: 200_000),
    StoreWorkload(
      id: "F4", title: "F4 put over, 1 to 8 blocks", action: .put,
      axis: .load(blocksPerValue: 1...8), operations: 50_000),

    StoreWorkload(id: "D1", title: "D1 get", action: .get, axis: .deleted),
    StoreWorkload(id: "D2", title: "D2 get of an absent key", action: .miss, axis: .deleted),
    StoreWorkload(id: "D3", title: "D3 put over", action: .put, axis: .deleted),
    StoreWorkload(
      id: "D4", title: "D4 delete + insert", action: .reinsert, axis: .deleted,
      operations: 200_000),
    StoreWorkload(
      id: "U1", title: "U1 put a new key, delete the oldest", action: .renew, axis: .churned,
      operations: 50_000),

    StoreWorkload(
      id: "P5", title: "P5 loop around an operation", action: .nothing, axis: .loop),
  ]

  /// What the workload finds in `shape` at `at`; `nil` when it has no such.
  func scene(shape: String, at: UInt64) -> StoreScene? {
    guard axis.shapes.contains(shape), var scene = axis.scene(shape: shape, at: at) else {
      return nil
    }
    switch axis {
    case .processes: scene.operations = operations / UInt64(scene.processes)
    case .valueSize where action != .lend:
      // A gibibyte is copied, whatever the size of its pieces, or a million of them.
      scene.operations = min(max((1 << 30) / at, 64), operations)
    default: scene.operations = operations
    }
    if isFollowed { scene.idleProcesses = 1 }
    return scene
  }
}
