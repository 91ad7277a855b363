import Inspection
import SharedMemory
import Tbl

/// Makes snapshots, one for all who ask at about the same time.
actor SnapshotSource {
  /// A snapshot serves for this long.
  private static let lifetimeNanoseconds: UInt64 = 50_000_000

  private let inspector: StoreInspector
  private var bytesNow: [UInt8] = []
  private var expiry: UInt64 = 0

  init(_ inspector: StoreInspector) { self.inspector = inspector }

  /// The snapshot's bytes, at most 50 milliseconds old.
  func bytes() throws -> [UInt8] {
    if SystemClock.monotonicNanoseconds >= expiry {
      bytesNow = try inspector.snapshot().bytes
      expiry = SystemClock.monotonicNanoseconds + Self.lifetimeNanoseconds
    }
    return bytesNow
  }
}
