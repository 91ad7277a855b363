import CSharedMemory

/// Waits for the end of another process without polling.
///
/// **Concurrency.** `Sendable`; the descriptor is private and closed with the object.
public final class ProcessWatch: Sendable {
  private let process: ProcessIdentity
  private let descriptor: Int32

  /// Watches a process; `nil` when it is gone already.
  public init?(_ process: ProcessIdentity) {
    let descriptor = shm_process_descriptor(process.pid)
    guard descriptor >= 0 else { return nil }
    self.process = process
    self.descriptor = descriptor
    // Opened first, compared afterwards: the number cannot pass to another process in between.
    guard process.isAlive else { return nil }
  }

  deinit { _ = shm_close(descriptor) }

  /// Waits until the process has ended.
  ///
  /// - Parameter milliseconds: How long to wait at most; for ever by default.
  /// - Returns: `false` when the time has passed.
  @discardableResult
  public func wait(milliseconds: Int32 = -1) -> Bool {
    let result = shm_wait_readable(descriptor, milliseconds)
    // Where the kernel cannot wait, the process table tells.
    return result > 0 || result < 0 && !process.isAlive
  }
}
