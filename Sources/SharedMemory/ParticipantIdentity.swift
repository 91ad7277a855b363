/// Who did something in a segment: a row and how often the row was handed out before.
///
/// An identity of a dead participant never returns, short of 131,072 attachments to one row while
/// a sweeper sleeps between reading a word and changing it.
///
/// **Concurrency.** A value.
@frozen
public struct ParticipantIdentity: Hashable, Sendable {
  /// 10 bits of row, 17 bits of incarnation.
  public let rawValue: UInt64

  /// Restores an identity from a mapped word.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue & Self.mask }

  /// Bits an identity takes.
  @inlinable public static var mask: UInt64 { (1 << 27) - 1 }

  init(row: Int, incarnation: UInt64) {
    rawValue = UInt64(row) | (incarnation << 10) & Self.mask
  }

  /// The row in the participant table.
  public var row: Int { Int(rawValue & 1_023) }

  /// An identity that nobody has: the row's before it was handed out for the first time.
  public var nobody: ParticipantIdentity { ParticipantIdentity(row: row, incarnation: 0) }
}
