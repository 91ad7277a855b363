import SharedMemory

/// Who has an end of a channel.
///
///     63        28 |  27  | 26            0
///     serial (36)  | held | identity (27)
///
/// The serial rises with each claim, so that two ends of one process are two, and the word does not
/// repeat short of 2^36 claims while somebody sleeps between reading and changing it.
struct EndWord: Hashable, Sendable {
  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  private static let heldBit: UInt64 = 1 << 27

  var isHeld: Bool { rawValue & Self.heldBit != 0 }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue) }

  /// What the word becomes when `owner` claims the end.
  func claimed(by owner: ParticipantIdentity) -> EndWord {
    EndWord(rawValue: ((rawValue >> 28) &+ 1) << 28 | Self.heldBit | owner.rawValue)
  }

  /// What the word becomes when its owner lets go.
  var released: EndWord { EndWord(rawValue: (rawValue >> 28) << 28) }
}
