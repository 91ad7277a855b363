import SharedMemory
import SimDB
import Synchronization

/// An element of a ``CellQueue`` that this process has and nobody has settled.
///
/// When nobody refers to it any more it is given back.
///
/// **Concurrency.** `Sendable`; of several that settle it one does. In a forked child it stays what it
/// is: its parent's.
@usableFromInline
final class ElementHold: Sendable {
  private let queue: CellQueue
  private let claims: ElementClaims
  private let held: ElementClaims.Held
  private let isSettled = Atomic<Bool>(false)

  init(_ held: ElementClaims.Held, _ claims: ElementClaims, of queue: CellQueue) {
    self.queue = queue
    self.claims = claims
    self.held = held
  }

  deinit { giveBack() }

  /// Whether it is this caller's to settle.
  private func settle() -> Bool {
    guard let owner = try? queue.handle.owner(), owner == held.word.owner else { return false }
    return !isSettled.exchange(true, ordering: .relaxed)
  }

  @usableFromInline var deliveryCount: Int { Int(held.word.delivery) }

  @usableFromInline
  func acknowledge() throws(StoreError) -> Bool {
    guard settle() else { return false }
    let isOurs = claims.acknowledge(held)
    if !isOurs { try queue.handle.checkLoss() }
    return isOurs
  }

  @usableFromInline @discardableResult
  func giveBack() -> Bool { settle() && claims.giveBack(held) }
}

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
