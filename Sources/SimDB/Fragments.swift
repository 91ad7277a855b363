/// Blocks for one record in a store without enough neighbouring ones.
struct Fragments {
  let allocation: Allocation
  /// The runs in order, the first of which begins at the allocation's head; empty where there is
  /// but one.
  let runs: [Range<Int>]
}
