import CSharedMemory

/// The hash of a segment's keys.
///
/// **Concurrency.** A value.
@frozen
public struct KeyHash: Sendable {
  @usableFromInline let factors: shm_hash_factors

  /// The hash of a segment whose seed is `seed`.
  public init(seed: UInt64) { factors = shm_hash_factors_of(seed) }

  /// Hashes private bytes.
  ///
  /// - Complexity: O(count); under 2 ns for 16 bytes.
  @inlinable @inline(__always)
  public func callAsFunction(_ key: RawSpan) -> UInt64 {
    unsafe key.withUnsafeBytes { bytes in
      unsafe shm_hash(bytes.baseAddress, key.byteCount, factors)
    }
  }
}
