/// What becomes of an element that its consumer has taken.
///
/// **Concurrency.** A value.
public enum Delivery: Hashable, Sendable {
  /// What was taken is gone; what died with its consumer is counted.
  case atMostOnce
  /// What was taken is gone when its consumer says so. What a consumer held that died, gave it back
  /// or did not say anything within `nanoseconds` is read first by the next.
  case acknowledged(withinNanoseconds: UInt64?)

  /// Acknowledged, however long it takes.
  public static let acknowledged = Delivery.acknowledged(withinNanoseconds: nil)
}

extension Delivery {
  /// What a structure says in its entry: 0 at most once, 1 acknowledged, and how patient it is.
  init?(_ number: UInt32, patience: UInt64) {
    switch number {
    case 0: self = .atMostOnce
    case 1: self = .acknowledged(withinNanoseconds: patience == 0 ? nil : patience)
    default: return nil
    }
  }

  var number: UInt32 { self == .atMostOnce ? 0 : 1 }

  /// Nanoseconds after which a claim is late; `nil` never.
  var patience: UInt64? {
    if case .acknowledged(let nanoseconds) = self { nanoseconds } else { nil }
  }
}
