import SimDB

/// What a workload finds when it begins: what is in the store, and who is attached.
struct StoreScene {
  /// Keys that are in the store.
  var keys: UInt64
  /// Keys that were put before these, each deleted again while another was put.
  var deletedKeys: UInt64 = 0
  /// Smallest and largest value; sizes are whole blocks where they differ.
  var valueBytes = 64...64
  /// Blocks of the store; a quarter more than are filled unless it says otherwise.
  var blockCount: Int?
  var processes = 1
  var threads = 1
  /// Processes that are attached and have written once, and do nothing.
  var idleProcesses = 0
  /// Operations of each worker.
  var operations: UInt64 = 0

  /// Threads that are measured, of all processes together.
  var workers: Int { processes * threads }

  /// Operations before those that are measured: they touch every page of the store that the
  /// workload needs, 64 KiB of which the system maps at a time.
  var warmUp: UInt64 { max(operations / 20 + 1, min(operations, keys / 16)) }

  /// Blocks that hold the values without waste.
  var geometry: Geometry {
    let smallest = valueBytes.lowerBound
    let blockSize = min((smallest + 63) / 64 * 64, 65_536)
    let blocksPerValue = (smallest + blockSize - 1) / blockSize
    return Geometry(
      blockSize: blockSize,
      blockCount: blockCount ?? Int(keys) * blocksPerValue * 5 / 4 + 1_024)
  }

  /// Bytes of the store's file, to the nearest MiB or so: 40 beside each block, and an index of at
  /// most three quarters' load.
  var fileBytes: UInt64 {
    let blocks = UInt64(geometry.blockCount)
    var groups: UInt64 = 1
    while groups * 21 / 4 < blocks { groups *= 2 }
    return blocks * UInt64(geometry.blockSize + 40) + groups * 64 + 1 << 20
  }
}
