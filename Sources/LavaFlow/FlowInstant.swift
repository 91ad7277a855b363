/// A moment on a graph's clock.
///
/// **Concurrency.** A value.
public struct FlowInstant: Hashable, Comparable, Sendable, InstantProtocol {
  /// Nanoseconds since some fixed moment; never set back.
  public var nanoseconds: UInt64

  /// Makes a moment.
  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// Whether `left` comes before `right`.
  public static func < (left: FlowInstant, right: FlowInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment `duration` later, or as far as the clock reaches.
  public func advanced(by duration: Duration) -> FlowInstant {
    let change = Self.nanoseconds(duration)
    let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(bitPattern: change))
    if change >= 0 { return FlowInstant(nanoseconds: overflow ? .max : sum) }
    return FlowInstant(nanoseconds: overflow ? sum : 0)
  }

  func advanced(nanoseconds change: UInt64) -> FlowInstant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(change)
    return FlowInstant(nanoseconds: overflow ? .max : sum)
  }

  /// The time from this moment to `other`.
  public func duration(to other: FlowInstant) -> Duration {
    .nanoseconds(Int64(bitPattern: other.nanoseconds &- nanoseconds))
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
}
