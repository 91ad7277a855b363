import Synchronization

/// How far reading has come, for whoever shows it.
///
/// **Concurrency.** Safe from any thread; the two figures are read one after the other.
public final class ReadProgress: Sendable {
  private let done = Atomic<UInt64>(0)
  private let total = Atomic<UInt64>(0)

  /// Makes a progress of nothing.
  public init() {}

  /// Bytes read so far.
  public var doneBytes: UInt64 { done.load(ordering: .relaxed) }

  /// Bytes that there are to read, as far as sizes are known in advance; those of pipes are not.
  public var totalBytes: UInt64 { total.load(ordering: .relaxed) }

  /// Share of the bytes that was read, from 0 to 1; `nil` when no size is known.
  public var fraction: Double? {
    let total = totalBytes
    return total == 0 ? nil : min(1, Double(doneBytes) / Double(total))
  }

  func addDone(_ count: Int) { done.wrappingAdd(UInt64(count), ordering: .relaxed) }
  func addTotal(_ count: UInt64) { total.wrappingAdd(count, ordering: .relaxed) }
}
