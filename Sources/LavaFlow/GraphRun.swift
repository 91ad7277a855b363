import LavaSchema
import SharedMemory
import Synchronization

/// The nodes of one host, connected and ready to run: everything but the threads.
///
/// **Concurrency.** Safe from any thread, except that `advanceEnding` is one thread's.
final class GraphRun: Sendable {
  /// An edge that comes in from another host.
  struct IncomingEdge: Sendable {
    let core: EdgeCore
    let inlet: any CrossingInlet
  }

  let host: String
  let control: RunControl
  let scheduler: Scheduler
  /// Edges between nodes of this host, and from its inlets.
  let edges: [EdgeCore]
  let inlets: [String: any CrossingInlet]
  /// Nodes of the graph; inlets and outlets come behind them in `scheduler.nodes`.
  let nodeCount: Int
  private let buffers = LocalBufferPool()
  private let ending = LocalMutex(Ending.running)
  private let isAbandoned: AbandonFlag

  private enum Ending {
    case running
    /// Nodes before `next` were told to finish.
    case finishing(next: Int)
  }

  init(
    _ graph: Graph, host: String, workers: Int, clock: FlowClock, crossings: (any Crossings)?
  ) throws(GraphError) {
    var assembly = GraphAssembly(graph, host: host, hasThreads: workers > 0)
    let abandoned = AbandonFlag()
    try assembly.build(crossings: crossings, isAbandoned: { abandoned.isSet })
    let control = RunControl(clock: clock)
    isAbandoned = abandoned
    self.control = control
    self.host = host
    nodeCount = assembly.nodeCount
    edges = assembly.edges
    inlets = assembly.inlets
    scheduler = Scheduler(nodes: assembly.nodes, workers: workers) { control.signal.raise() }
  }

  func makeWorker(mayKeep: Bool) -> Worker {
    Worker(
      scheduler: scheduler, buffers: LocalBufferCache(buffers), control: control,
      mayKeep: mayKeep)
  }

  // MARK: Threads

  func workerLoop(_ index: Int) { makeWorker(mayKeep: true).loop(index) }

  /// Runs one node on the calling thread.
  func nodeLoop(_ node: NodeCore) {
    guard let signal = node.ownSignal else { return }
    let worker = makeWorker(mayKeep: false)
    while !scheduler.hasStopped {
      let ticket = signal.ticket
      // Pair node-turn.
      if node.state.load(ordering: .acquiring) == NodeCore.State.ready {
        worker.turn(of: node)
      } else if !scheduler.hasStopped {
        signal.sleep(ticket)
      }
    }
  }

  /// Notifies nodes whose moment has come.
  func timerLoop() {
    while !scheduler.hasStopped {
      let ticket = control.timers.signal.ticket
      wakeDue()
      let next = control.timers.next?.nanoseconds ?? .max
      let now = control.clock.now.nanoseconds
      if next > now, !scheduler.hasStopped {
        control.timers.signal.sleep(ticket, timeoutNanoseconds: next - now)
      }
    }
  }

  func wakeDue() {
    for node in control.timers.takeDue(control.clock.now) { scheduler.notify(node, by: nil) }
  }

  // MARK: Beginning and end

  /// Calls every source for the first time, or again because the graph is to end.
  func wakeSources() {
    for node in scheduler.nodes where node.isSource {
      scheduler.notify(node.index, by: nil)
    }
  }

  func stop() {
    if control.stop() { wakeSources() }
  }

  /// Goes one step towards the end where the graph is quiet.
  ///
  /// - Returns: Whether everything has ended.
  func advanceEnding() -> Bool {
    if isAbandoned.isSet { return true }
    guard scheduler.isQuiet else { return false }
    return ending.withLock { ending in
      var next = 0
      if case .finishing(let index) = ending { next = index }
      let nodes = scheduler.nodes
      while next < nodes.count, !nodes[next].wantsFinish { next += 1 }
      guard next < nodes.count else { return true }
      ending = .finishing(next: next + 1)
      // Pair node-finishing: everything is quiet by now.
      nodes[next].isFinishing.store(true, ordering: .releasing)
      scheduler.notify(next, by: nil)
      return false
    }
  }

  /// Ends the threads without waiting for packets.
  func abandon() {
    isAbandoned.set()
    stopThreads()
    control.signal.raise()
  }

  func stopThreads() {
    scheduler.stopWorkers()
    control.timers.signal.raise()
    for node in scheduler.nodes { node.ownSignal?.raise() }
  }

  /// What became of the packets; when nothing runs any more.
  func result() -> FlowResult {
    let nodes = scheduler.nodes[..<nodeCount]
    var result = FlowResult(
      failedCount: scheduler.nodes.reduce(0) { $0 + $1.counters.errors }, undeliveredCount: 0,
      stalledEdges: [],
      packetCount: nodes.reduce(0) { $0 + $1.counters.packetsIn + $1.counters.packetsOut },
      isAbandoned: isAbandoned.isSet)
    for node in scheduler.nodes {
      let waiting = node.waitingCount + node.spill.count
      result.undeliveredCount += UInt64(waiting)
      guard waiting > 0 else { continue }
      result.stalledEdges += node.outputEdges
        .filter { $0.overflow == .wait && $0.depth >= $0.capacity }.map(\.id)
    }
    return result
  }
}

/// Set once, when a run is given up.
final class AbandonFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool {
    // Pair abandoned.
    flag.load(ordering: .acquiring)
  }

  func set() {
    // Pair abandoned.
    flag.store(true, ordering: .releasing)
  }
}
