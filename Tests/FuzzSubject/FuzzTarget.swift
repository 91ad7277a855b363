import SharedMemory
import Synchronization

/// Something that takes any bytes, and must neither crash, hang nor read out of bounds.
struct FuzzTarget: Sendable {
  /// What it is called on the command line.
  let name: String
  /// Inputs to begin with, which lead deep into what is tested.
  let seeds: @Sendable () throws -> [[UInt8]]
  /// Takes an input. A broken invariant traps.
  let run: @Sendable ([UInt8]) -> Void

  /// All targets.
  static let all = [attach, load]

  /// The target of that name.
  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// What this process runs, for a C function that gets no context.
  static let chosen = Mutex<FuzzTarget?>(nil)

  /// The path of a file of a target's own, in `LAVA_DIR`.
  static func file(_ name: String) -> String { SegmentLocation.directory + "/" + name }
}
