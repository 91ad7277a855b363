import LavaSchema
import SharedMemory
import Tbl

/// Runs a small graph in the calling thread, with a clock that a test moves: the same nodes, edges
/// and turns as in a real run, always in the same order.
///
/// **Concurrency.** One thread.
public final class GraphHarness {
  /// The clock the graph goes by.
  public let clock: ManualClock
  private let run: GraphRun
  private let worker: Worker
  private let publisher: Publisher?
  private var hasStarted = false

  /// Makes the nodes of a graph that has one host.
  ///
  /// - Parameters:
  ///   - graph: The graph; no edge crosses hosts.
  ///   - clock: The clock.
  ///   - sink: Where `publish()` puts records.
  /// - Throws: What kept nodes from being made.
  public init(
    _ graph: Graph, clock: ManualClock = ManualClock(), sink: (any RecordSink)? = nil
  ) throws(GraphError) {
    self.clock = clock
    let run = try GraphRun(
      graph, host: GraphDocument.mainHost, workers: 0, clock: .manual(clock), crossings: nil)
    self.run = run
    worker = run.makeWorker(mayKeep: true)
    publisher = sink.map {
      Publisher(run: run, sink: $0, logger: GraphRuntime.Options().logger)
    }
  }

  /// Runs nodes until none has anything left to do at this moment of the clock.
  ///
  /// - Parameter maximumTurns: Where an endless graph is cut off.
  /// - Returns: Whether the graph came to rest.
  @discardableResult
  public func runUntilIdle(maximumTurns: Int = 1_000_000) -> Bool {
    if !hasStarted {
      hasStarted = true
      run.wakeSources()
    }
    run.wakeDue()
    for _ in 0..<maximumTurns {
      guard let node = worker.takeKept() ?? run.scheduler.pop() else { return true }
      worker.turn(of: run.scheduler.nodes[node])
    }
    return false
  }

  /// Moves the clock on, stopping at each moment at which a generator wants to be called, and runs.
  public func advance(by duration: Duration) {
    let end = clock.now.advanced(by: duration)
    runUntilIdle()
    while let next = run.control.timers.next, next <= end {
      clock.advance(by: clock.now.duration(to: max(next, clock.now)))
      runUntilIdle()
    }
    clock.advance(by: clock.now.duration(to: end))
    runUntilIdle()
  }

  /// Asks generators to end.
  public func stop() { run.stop() }

  /// Runs to the end, moving the clock to wherever generators want to be called.
  ///
  /// - Parameter maximumTurns: Where an endless graph is cut off.
  /// - Returns: How the run ended; `nil` when it did not end.
  public func runToEnd(maximumTurns: Int = 1_000_000) -> FlowResult? {
    while true {
      guard runUntilIdle(maximumTurns: maximumTurns) else { return nil }
      if run.advanceEnding() { return run.result() }
      if !run.scheduler.isQuiet, let next = run.control.timers.next, next > clock.now {
        clock.advance(by: clock.now.duration(to: next))
      }
    }
  }

  /// Publishes what has changed.
  public func publish() { publisher?.publish() }

  /// What is counted on a node; `nil` when there is no such node.
  public func counters(of node: String) -> NodeCounters? {
    core(node).map { core in
      NodeCounters(
        host: run.host, packetsIn: core.counters.packetsIn, packetsOut: core.counters.packetsOut,
        errors: core.counters.errors, nanoseconds: core.counters.nanoseconds,
        activations: core.counters.activations,
        pending: core.inputEdges.reduce(0) { $0 + UInt64($1.depth) },
        time: clock.now.nanoseconds)
    }
  }

  /// The last failure of a node.
  public func failure(of node: String) -> String? {
    core(node)?.lastError.withLock { $0?.message }
  }

  /// What a node shows of its state.
  public func state(of node: String) -> Tbl? { core(node)?.executor.state() }

  private func core(_ id: String) -> NodeCore? { run.scheduler.nodes.first { $0.id == id } }

  /// Sees to it that a source is called.
  func wake(_ node: String) {
    if let core = core(node) { run.scheduler.notify(core.index, by: nil) }
  }

  /// Packets that wait on the inputs of a node.
  func waitingCount(of node: String) -> Int { core(node)?.waitingCount ?? 0 }
}
