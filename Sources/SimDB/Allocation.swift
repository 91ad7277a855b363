/// Blocks for one record, claimed and not yet published.
struct Allocation {
  /// Block that a slot will name.
  let head: Int
  /// Generation of the head's new incarnation.
  let generation: UInt64
}
