import Glibc
import SimDB

/// Workload M1: what a full store takes beyond the bytes of keys and values, per entry: the file,
/// with its index, headers and tables, over as many entries as it has room for.
struct MemoryBenchmark: Benchmark {
  private static let sizes: [UInt64] = [16, 64, 100, 256, 1_000, 4_096, 65_536, 1_048_576]

  static let cases = [
    Case(
      "M1", "by size of values",
      points: sizes.map { Case.Point(at: $0, bytes: scene($0).fileBytes) })
  ]

  let options: Options

  /// 256 MiB of values, or 100,000 of them.
  private static func scene(_ size: UInt64) -> StoreScene {
    let keys = min(100_000, (256 << 20) / size)
    var scene = StoreScene(keys: keys, valueBytes: Int(size)...Int(size))
    let geometry = scene.geometry
    let blocksPerValue = (Int(size) + geometry.blockSize - 1) / geometry.blockSize
    // One block in 64 is kept for overwriting.
    let used = Int(keys) * blocksPerValue
    scene.blockCount = used + used / 63 + 1
    return scene
  }

  func measure() throws(BenchmarkFailure) {
    guard Self.sizes.contains(options.at) else { throw options.unknown() }
    let scene = Self.scene(options.at)
    let fileBytes: UInt64
    do {
      let store = try FilledStore(scene, name: Participants.storeName(owner: getpid()))
      guard store.isComplete else { throw BenchmarkFailure("the store is too small") }
      fileBytes = store.fileBytes
    } catch {
      throw BenchmarkFailure("M1: \(error)")
    }
    let perEntry = Double(fileBytes) / Double(scene.keys) - Double(options.at + 16)
    Measurement(
      workload: "M1 memory beyond key and value", shape: options.shape, at: "\(options.at) B",
      values: [perEntry], unit: "B/entry", checksum: fileBytes
    ).report()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
