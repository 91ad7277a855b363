import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process of this machine, told apart from later ones that get the same number.
///
/// **Concurrency.** An immutable value.
public struct ProcessIdentity: Hashable, Sendable {
  /// Process number.
  public let pid: UInt32
  /// Start time in clock ticks since boot.
  public let startTime: UInt64

  /// Names a process by what a record says of it.
  public init(pid: UInt32, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// Names the process that has `pid` now.
  public init(pid: UInt32) {
    self.init(pid: pid, startTime: shm_process_start_time(pid))
  }

  /// This process.
  public static var current: ProcessIdentity { ProcessIdentity(pid: UInt32(getpid())) }

  /// Whether the process runs at this moment, as far as this pid namespace can tell.
  ///
  /// A process whose start time is hidden from this user counts as running while its number is
  /// taken. Numbers that no process can have are never alive.
  ///
  /// - Complexity: Some system calls, some 10 microseconds.
  public var isAlive: Bool {
    // 0 and what a signed number cannot hold would ask the kernel for groups of processes.
    guard pid > 0, pid <= UInt32(Int32.max), startTime != shm_zombie else { return false }
    return shm_process_liveness(pid, startTime) != shm_dead
  }

  /// Whether the process that had `pid` and `startTime` still runs; see ``isAlive-swift.property``.
  public static func isAlive(pid: UInt32, startTime: UInt64) -> Bool {
    ProcessIdentity(pid: pid, startTime: startTime).isAlive
  }
}
