import CSharedMemory

/// Two words that read as zero in a forked child.
///
/// **Concurrency.** Reading is one plain load.
@safe
public final class ForkDetector: Sendable {
  /// A word; nonzero only in the process that stored into it.
  public let word: AtomicWord
  /// Another.
  public let second: AtomicWord

  /// Makes words that hold zero.
  ///
  /// - Throws: `system` when the kernel gives no page.
  public init() throws(StoreError) {
    guard let page = unsafe shm_fork_detector() else {
      throw StoreError(
        .system, place: "this process", reason: "no page that is wiped on fork",
        remedy: "free memory; Linux 4.14 or later is needed")
    }
    word = unsafe AtomicWord(page)
    second = unsafe AtomicWord(page + 1)
  }

  deinit { unsafe shm_fork_detector_free(word.pointer) }
}
