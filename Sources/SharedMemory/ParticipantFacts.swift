/// A row of the participant table as anyone may read it.
///
/// **Concurrency.** A value.
public struct ParticipantFacts: Hashable, Sendable {
  /// Whom the row stands for.
  public let identity: ParticipantIdentity
  /// Process number.
  public let pid: UInt32
  /// Name of the process, or what it called itself.
  public let name: String
  /// Start time of the process in clock ticks since boot.
  public let startTime: UInt64
  /// When it attached, in nanoseconds since the Unix epoch.
  public let attachTime: UInt64
  /// Whether the process still runs.
  public let isAlive: Bool
}
