import SharedMemory

/// The control word of a claim in a queue whose elements are acknowledged.
///
///     63          36 | 35    30 | 29     3 | 2   0
///     version (28)   | delivery | owner    | state
///
///     free -> filling(consumer) -> held(consumer) -> free                   acknowledged
///             filling(consumer) -> free                                     nothing was taken
///                                  held(consumer) -> returned               given back
///     returned | reading(dead) | held(dead or late) -> reading(another) -> held(another)
///     filling(dead) -> filling(another) -> returned | free
///
/// Every change is a compare-and-swap that raises the version, so a word does not come twice short
/// of 2^28 changes of one claim.
struct ClaimWord: Hashable, Sendable {
  enum State: UInt64 {
    /// Nobody's; no cell names it.
    case free
    /// Its owner takes an element, which is in the cell while that names the claim.
    case filling
    /// Its owner takes it over; the element is here, as in the states that follow.
    case reading
    /// Its owner has the element.
    case held
    /// The element waits for the next consumer.
    case returned
  }

  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `nil` for bits that no run of the protocol leaves.
  var state: State? { State(rawValue: rawValue & 7) }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue >> 3) }
  /// How often its element was claimed, modulo 64.
  var delivery: UInt64 { rawValue >> 30 & 63 }

  /// The word that comes after this one.
  func next(
    _ state: State, owner: ParticipantIdentity? = nil, isNextDelivery: Bool = false
  ) -> ClaimWord {
    let delivery = state == .free ? 0 : (delivery &+ (isNextDelivery ? 1 : 0)) & 63
    return ClaimWord(
      rawValue: ((rawValue >> 36) &+ 1) << 36 | delivery << 30 | (owner?.rawValue ?? 0) << 3
        | state.rawValue)
  }
}
