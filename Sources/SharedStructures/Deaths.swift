import SharedMemory
import SimDB

/// Who has died, asked once for each run of one owner's claims: asking takes microseconds.
@usableFromInline
struct Deaths {
  private let handle: StructureHandle
  private var known: (owner: ParticipantIdentity, isDead: Bool)?

  init(_ handle: StructureHandle) { self.handle = handle }

  mutating func isDead(_ owner: ParticipantIdentity) -> Bool {
    if let known, known.owner == owner { return known.isDead }
    let isDead = handle.isDead(owner)
    known = (owner, isDead)
    return isDead
  }
}
