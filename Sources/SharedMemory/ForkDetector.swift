import CSharedMemory

/// Three words that read as zero in a forked child.
///
/// **Concurrency.** Reading is one plain load.
@safe
public final class ForkDetector: Sendable {
  /// The words; each nonzero only in the process that stored into it.
  public let words: (AtomicWord, AtomicWord, AtomicWord)

  /// Makes words that hold zero.
  ///
  /// - Throws: `system` when the kernel gives no page.
  public init() throws(StoreError) {
    guard let page = unsafe shm_fork_detector() else {
      throw StoreError(
        .system, place: "this process", reason: "no page that is wiped on fork",
        remedy: "free memory; Linux 4.14 or later is needed")
    }
    words = unsafe (AtomicWord(page), AtomicWord(page + 1), AtomicWord(page + 2))
  }

  deinit { unsafe shm_fork_detector_free(words.0.pointer) }
}
