/// The last failure of a node.
struct NodeFailure: Hashable {
  let message: String
  let count: UInt64
  let cycle: UInt64
  let time: UInt64
}
