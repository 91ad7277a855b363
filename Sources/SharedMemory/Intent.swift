/// A change that a thread announced.
///
/// **Concurrency.** A value.
public struct Intent: Hashable, Sendable {
  /// Segment offset of the word.
  public let slot: Int
  /// What the word held.
  public let old: UInt64
  /// What it was to hold.
  public let new: UInt64
}
