import SharedMemory
import SimDB

/// A structure whose units are in use for as long as they are linked, and no longer.
///
/// **Concurrency.** As the structure.
@usableFromInline
protocol LinkedUnits: Sendable {
  var pool: NodePool { get }

  /// Whether a unit that is in use may have been left by somebody who died: its owner is dead, or
  /// it was linked and is, or is to be given back.
  func mayBeLeft(
    _ unit: Unit, _ header: UnitWord, _ deaths: inout Deaths
  ) throws(StoreError) -> Bool

  /// How many units are linked; exact where nothing changes meanwhile.
  func linkedCount() throws(StoreError) -> Int

  /// Adds all units that are linked; `false` when others change too much for it to be told.
  func insertLinked(_ units: inout UnitSet) throws(StoreError) -> Bool
}

extension LinkedUnits {
  /// Takes a unit after giving back what the dead have left, and growing when there is none.
  @inline(never) @usableFromInline
  func takeAtLast(_ owner: ParticipantIdentity) throws(StoreError) -> NodePool.Claim? {
    var used = 0
    try pool.findFree { _, _, _ in used += 1 }
    // Where no more are in use than are linked, nothing is left.
    if try used > linkedCount() {
      var candidates: [(index: UInt64, unit: Unit, header: UnitWord)] = []
      var deaths = Deaths(pool.handle)
      try pool.findFree { (index, unit, header) throws(StoreError) in
        if try mayBeLeft(unit, header, &deaths) { candidates.append((index, unit, header)) }
      }
      var linked = UnitSet(count: pool.unitCount)
      // A unit that was in use before, is not linked now, and has not changed, never will be
      // linked.
      if try insertLinked(&linked) {
        for (index, unit, header) in candidates where !linked.contains(index) {
          pool.release(index, unit, header)
        }
      }
    }
    return try pool.takeOrGrow(owner)
  }
}
