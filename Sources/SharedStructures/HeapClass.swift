/// The sizes of a heap's units: an allocation lies in the smallest that has room for it.
///
/// **Concurrency.** Any thread; there is no state.
enum HeapClass {
  /// Bytes of a unit of each class: two for each power of two from 128 on.
  static let strides = [32, 64, 128, 192, 256, 384, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096]

  /// Bytes of a unit before those of the allocation.
  static let headerSize = 16

  /// The most bytes that lie in a unit; more are a large allocation.
  static let mostBytes = strides[strides.count - 1] - headerSize

  /// Units of a class to begin with; it doubles whenever they are in use.
  static let firstBits = 6

  /// The class for `byteCount`, at most ``mostBytes``.
  static func number(_ byteCount: Int) -> Int {
    let size = byteCount + headerSize
    guard size > 128 else { return size <= 32 ? 0 : size <= 64 ? 1 : 2 }
    // Two for each power of two: up to one and a half of it, and up to the next.
    let power = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
    let isUpper = size > 3 << (power - 1)
    return 2 * power - 11 + (isUpper ? 1 : 0)
  }
}
