import SharedMemory

/// Who has a subscriber's row in a ``ByteTopic``.
///
///     63        29 | 28 27 | 26            0
///     serial (35)  | state | identity (27)
///
///     free(n) -> held(n + 1, subscriber) -> leaving(n + 1) -> free(n + 1)
///
/// Row and serial name the queue of this one subscription, so whatever is done to it late is done
/// to nobody else's. The word does not repeat short of 2^35 subscriptions in one row.
///
/// **Concurrency.** A value.
struct SubscriberWord: Hashable, Sendable {
  enum State: UInt64 { case free, held, leaving }

  let rawValue: UInt64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  private init(_ state: State, serial: UInt64, owner: UInt64 = 0) {
    rawValue = serial << 29 | state.rawValue << 27 | owner
  }

  /// `nil` for a word that nobody has written.
  @inline(__always)
  var state: State? { State(rawValue: rawValue >> 27 & 3) }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue) }
  private var serial: UInt64 { rawValue >> 29 }
  /// Whether nobody has had the row before.
  var isFirst: Bool { serial == (state == .held ? 1 : 0) }

  /// What the word becomes when `owner` subscribes.
  func claimed(by owner: ParticipantIdentity) -> SubscriberWord {
    SubscriberWord(.held, serial: serial &+ 1, owner: owner.rawValue)
  }

  /// What the word becomes when the subscriber goes.
  var leaving: SubscriberWord { SubscriberWord(.leaving, serial: serial) }

  /// What the word becomes when nothing of the subscriber is left.
  var released: SubscriberWord { SubscriberWord(.free, serial: serial) }

  // MARK: The subscriber's queue

  private static let rowBits: UInt64 = 10

  /// Which part of the topic the queue of this subscription is.
  @inline(__always)
  func part(row: Int) -> UInt64 { serial << Self.rowBits | UInt64(row) }

  /// The row of the subscription whose queue is this part.
  static func row(ofPart number: UInt64) -> Int { Int(number & (1 << rowBits - 1)) }
}
