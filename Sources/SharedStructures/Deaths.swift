import SharedMemory
import SimDB

/// Who has died, for one look over many claims: asking takes microseconds, so each is asked once.
///
/// Who dies after it was found alive counts as alive until the next look.
///
/// **Concurrency.** One thread at a time.
@usableFromInline
struct Deaths {
  private let handle: StructureHandle
  private let caller: ParticipantIdentity?
  private var known: [ParticipantIdentity: Bool] = [:]

  /// - Parameter caller: Who need not be asked about.
  init(_ handle: StructureHandle, besides caller: ParticipantIdentity? = nil) {
    self.handle = handle
    self.caller = caller
  }

  mutating func isDead(_ owner: ParticipantIdentity) -> Bool {
    if owner == caller { return false }
    if let isDead = known[owner] { return isDead }
    let isDead = handle.isDead(owner)
    known[owner] = isDead
    return isDead
  }
}
