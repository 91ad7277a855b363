import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A word with the value that it has while there is nothing to do.
///
/// **Concurrency.** A value; the word is as ``AtomicWord32``.
public struct WordToWatch: Sendable {
  private let word: AtomicWord32
  private let expected: UInt32

  /// Watches `word` for anything else than `expected`.
  public init(_ word: AtomicWord32, while expected: UInt32) {
    self.word = word
    self.expected = expected
  }

  /// Most words that can be waited for at once, beside one of the waiter's own.
  public static let most = 127

  /// Whether the word differs from what is expected.
  public var hasChanged: Bool {
    // Pair wake: who waits looks itself as well; a number that moved is enough to let it.
    word.loadSequential() != expected
  }

  /// Sleeps in the kernel until any of `words` differs from what is expected, or the time is up.
  ///
  /// - Returns: `false`, at once, where the kernel cannot wait for several.
  public static func wait(forAny words: [WordToWatch], timeoutNanoseconds: UInt64) -> Bool {
    var pointers: [UnsafeMutablePointer<UInt32>?] = unsafe []
    for watched in words { unsafe pointers.append(watched.word.pointer) }
    let expected = words.map(\.expected)
    let result = unsafe shm_futex_wait_any(
      pointers, expected, UInt32(words.count), timeoutNanoseconds)
    return result != -ENOSYS
  }
}
