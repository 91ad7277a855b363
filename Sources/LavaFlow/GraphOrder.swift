/// Orders the nodes of a graph and finds its loops.
enum GraphOrder {
  /// All `nodes`, each behind those it has edges from; where a loop makes that impossible, the loop
  /// is entered at a node that `breaking` allows.
  ///
  /// - Complexity: O(nodes x log nodes + edges) without loops.
  static func order(
    _ nodes: [String], _ edges: [(from: String, to: String)], breaking: (String) -> Bool
  ) -> [String] {
    var following: [String: [String]] = [:]
    var waitingFor = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 0) })
    for edge in edges where edge.from != edge.to {
      following[edge.from, default: []].append(edge.to)
      waitingFor[edge.to, default: 0] += 1
    }
    var order: [String] = []
    var ready = nodes.filter { waitingFor[$0] == 0 }
    var placed: Set<String> = []
    var next = 0
    while order.count < nodes.count {
      if next == ready.count {
        let left = nodes.filter { !placed.contains($0) }
        ready.append(left.first(where: breaking) ?? left[0])
      }
      let node = ready[next]
      next += 1
      guard placed.insert(node).inserted else { continue }
      order.append(node)
      for follower in following[node] ?? [] {
        waitingFor[follower, default: 0] -= 1
        if waitingFor[follower] == 0 { ready.append(follower) }
      }
    }
    return order
  }

  /// The nodes of one loop in the order of its edges, or `nil` when there is none.
  ///
  /// - Complexity: O(nodes + edges).
  static func loop(_ edges: [(from: String, to: String)]) -> [String]? {
    var following: [String: [String]] = [:]
    for edge in edges { following[edge.from, default: []].append(edge.to) }
    enum Mark { case onPath, done }
    var marks: [String: Mark] = [:]
    for start in following.keys.sorted() where marks[start] == nil {
      // An explicit path instead of recursion, since graphs may be long chains.
      var path: [(node: String, next: Int)] = [(start, 0)]
      marks[start] = .onPath
      while let (node, next) = path.last {
        guard let followers = following[node], next < followers.count else {
          marks[node] = .done
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let follower = followers[next]
        switch marks[follower] {
        case .onPath:
          let begin = path.firstIndex { $0.node == follower } ?? 0
          return path[begin...].map(\.node)
        case .done: continue
        case nil:
          marks[follower] = .onPath
          path.append((follower, 0))
        }
      }
    }
    return nil
  }
}
