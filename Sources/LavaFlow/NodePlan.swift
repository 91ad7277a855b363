/// What a node is made of, before it is connected.
struct NodePlan {
  let id: String
  let outputs: [NodeDescriptor.Output]
  let executor: NodeExecutor
  let hasOwnThread: Bool
  let isWatched: Bool
}
