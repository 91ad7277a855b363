import SharedMemory
import SimDB
import Synchronization

/// An element of a ``CellQueue`` that this process has and nobody has settled.
///
/// When nobody refers to it any more it is given back.
///
/// **Concurrency.** `Sendable`; of several that settle it one does. In a forked child it stays what
/// it is: its parent's.
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
