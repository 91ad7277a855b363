import CSharedMemory

/// A fence that costs nothing on its light side, because its heavy side has everybody fence.
///
/// Two threads of which each writes a word and then reads the other's must both fence in between,
/// or both may miss what the other wrote. Where one of them does so with each message, and the
/// other only before it goes to sleep, the first keeps no more than the order of its program, and
/// the second asks the kernel to interrupt whoever is running with a fence.
///
/// **Concurrency.** Any thread; the light side must be a process that has enlisted.
///
/// - SeeAlso: `membarrier(2)`; Dice, Huang, Yang (2001), Asymmetric Dekker Synchronization.
public enum AsymmetricFence {
  /// Lets ``heavy()``, in any process, fence for this one.
  ///
  /// A forked child does not enlist anew what it has from its parent; asking again costs a system
  /// call.
  ///
  /// - Returns: Whether the kernel does so; otherwise this process needs ``Fence/sequential()``.
  /// - Complexity: A system call; the first may take milliseconds in a process with several
  ///   threads.
  public static func enlist() -> Bool { shm_enlist_for_fences() == 0 }

  /// The light side: no instruction, but the compiler moves no access across.
  @inlinable @inline(__always)
  public static func light() { shm_fence_compiler() }

  /// The heavy side: every thread of every process that has enlisted fences meanwhile, and so does
  /// the caller.
  ///
  /// - Returns: Whether the kernel did so. It does unless a sandbox forbids this process what it
  ///   allowed another.
  /// - Complexity: A system call of some microseconds.
  @discardableResult
  public static func heavy() -> Bool { shm_fence_enlisted() == 0 }
}
