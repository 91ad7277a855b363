import SharedMemory
import SimDB

extension CellQueue {
  /// Whether elements stay until their consumers acknowledge them.
  @usableFromInline var isAcknowledged: Bool { claims != nil }

  /// Elements that consumers have and have not acknowledged.
  @usableFromInline var heldCount: Int { claims?.contents().held ?? 0 }
  @usableFromInline var redeliveredCount: UInt64 { claims?.redeliveredCount ?? 0 }

  /// Claims the oldest element and copies it; `nil` when there is none.
  func claim(into bytes: inout MutableRawSpan) throws(StoreError) -> ElementClaims.Held? {
    let owner = try handle.owner()
    guard let claims else {
      throw StoreError(
        .invalidArgument, place: handle.place(.elementQueue),
        reason: "its elements are delivered at most once, and not acknowledged",
        remedy: "pop them, or create it with delivery 'acknowledged'")
    }
    guard let held = try claims.claim(owner, into: &bytes) else {
      try handle.checkLive()
      return nil
    }
    try handle.checkLoss()
    return held
  }

  /// Claims the oldest element, to be settled.
  @usableFromInline
  func hold(into bytes: inout MutableRawSpan) throws(StoreError) -> ElementHold? {
    guard let held = try claim(into: &bytes), let claims else { return nil }
    return ElementHold(held, claims, of: self)
  }
}
