import CBenchmark
import SimDB

/// A store that holds what a workload finds; dropped at the end.
///
/// Nobody is attached to it.
struct FilledStore: ~Copyable {
  let name: String
  /// Whether everything that the scene puts had room.
  let isComplete: Bool
  /// Bytes that the file takes.
  let fileBytes: UInt64

  init(_ scene: StoreScene, name: String) throws {
    self.name = name
    let database = try Database.open(name, creating: scene.geometry)
    do {
      isComplete = try Self.fill(database, scene)
    } catch {
      try? database.drop()
      throw error
    }
    // Safe: the string lives until the call returns.
    fileBytes = unsafe bench_file_bytes(database.path)
  }

  /// Entries that are there now.
  func entries() throws -> Int { try Database.open(name).statistics().entries }

  deinit { try? Database.open(name).drop() }

  /// - Returns: `false` when the store was full before.
  private static func fill(_ database: Database, _ scene: StoreScene) throws -> Bool {
    var actor = StoreActor(.put, in: scene, seed: 0)
    var value = scene.valueBuffer
    var elements = value.mutableSpan
    // Safe: every pattern of bits is a byte.
    var scratch = unsafe elements.mutableBytes
    do {
      for index in 0..<scene.deletedKeys + scene.keys {
        try actor.put(index, into: database, scratch: &scratch)
        if index >= scene.keys { try actor.delete(index - scene.keys, from: database) }
      }
    } catch let error as StoreError where error.code == .full {
      return false
    }
    guard actor.wrongResults == 0 else { throw BenchmarkFailure("the store could not be filled") }
    return true
  }
}

extension StoreScene {
  /// Room for the largest value.
  var valueBuffer: [UInt8] { Array(repeating: 0x79, count: valueBytes.upperBound) }
}
