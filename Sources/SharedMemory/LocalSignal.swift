/// A place where threads of this process sleep until something is said to have changed.
///
/// A sleeper takes a ticket, looks at what it waits for, and sleeps only while the ticket is
/// current:
///
///     sleeper                          raiser
///     ticket = signal.ticket
///     look: nothing there
///                                      change what the sleeper looks at
///                                      raise: the ticket is old, wake sleepers
///     sleep(ticket): returns at once
///
/// Without the ticket the sleeper would sleep on after the change. Waking enters the kernel only
/// when somebody sleeps.
///
/// **Concurrency.** Safe from any thread.
public final class LocalSignal: Sendable {
  // byte 0 ticket | 64 sleepers
  private let memory: LocalMemory
  private let current: AtomicWord32
  private let sleepers: AtomicWord32

  /// Makes a signal that nobody sleeps on.
  public init() {
    memory = LocalMemory(byteCount: 128)
    memory.clear(at: 0, count: 128)
    unsafe current = AtomicWord32(memory.base.assumingMemoryBound(to: UInt32.self))
    unsafe sleepers = AtomicWord32((memory.base + 64).assumingMemoryBound(to: UInt32.self))
  }

  /// What to hand to `sleep` after looking once more.
  public var ticket: UInt32 {
    // Pair signal-raised: taken before the last look.
    current.loadSequential()
  }

  /// Makes all tickets old and wakes whoever sleeps.
  public func raise() {
    // Pair signal-raised: both this addition and the sleeper's are sequential; either we see the
    // sleeper, or the kernel sees that its ticket is old.
    current.add(1)
    if sleepers.loadSequential() != 0 { current.wakeAll() }
  }

  /// Sleeps while `ticket` is current, at most `timeoutNanoseconds`; may return early.
  public func sleep(_ ticket: UInt32, timeoutNanoseconds: UInt64 = .max) {
    // Pair signal-raised.
    sleepers.add(1)
    // No kernel takes a time this far away badly: a day at a time, callers look again.
    let longest: UInt64 = 86_400_000_000_000
    _ = current.wait(while: ticket, timeoutNanoseconds: min(timeoutNanoseconds, longest))
    sleepers.add(UInt32.max)
  }
}
