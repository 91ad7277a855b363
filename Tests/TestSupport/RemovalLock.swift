import CSharedMemory

/// What who drops a store has for as long as it removes the name: the lock on the file's first byte.
public final class RemovalLock {
  private let descriptor: Int32

  /// Takes the lock of the store at `path`; `nil` where somebody has it, or there is no file.
  public init?(_ path: String) {
    let descriptor = unsafe shm_open_file(path, true)
    guard descriptor >= 0 else { return nil }
    guard shm_lock_byte(descriptor, 0) == 0 else {
      _ = shm_close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit { _ = shm_close(descriptor) }
}
