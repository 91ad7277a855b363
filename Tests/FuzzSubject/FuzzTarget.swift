import SharedMemory
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Something that takes any bytes, and must neither crash, hang nor read out of bounds.
struct FuzzTarget: Sendable {
  /// What it is called on the command line.
  let name: String
  /// Inputs to begin with, which lead deep into what is tested.
  let seeds: @Sendable () throws -> [[UInt8]]
  /// Takes an input. A broken invariant traps.
  let body: @Sendable ([UInt8]) -> Void

  /// Takes an input, and traps where that costs more than a second of processor time: a clock on the
  /// wall would blame the target for what else the machine does.
  func run(_ input: [UInt8]) {
    let start = clock()
    body(input)
    precondition(clock() - start < 1_000_000, "an input takes more than a second")
  }

  /// All targets.
  static let all = [attach, load, tbl, json, csv, arrow]

  /// The target of that name.
  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// What this process runs, for a C function that gets no context.
  static let chosen = Mutex<FuzzTarget?>(nil)

  /// The path of a file of a target's own, in `LAVA_DIR`.
  static func file(_ name: String) -> String { SegmentLocation.directory + "/" + name }
}
