import LavaSchema
import Logging
import SharedMemory
import Tbl

/// Runs the nodes of one host of a graph.
///
/// A run goes through these steps, each begun by the one before:
///
/// 1. `start()` starts the workers; generators bring packets into the graph.
/// 2. All generators end, by themselves or because `stop()` asked them to.
/// 3. The queues drain; when no node has anything left to do, each message node finishes, those in
///    front before those behind, and what it emits drains before the next one finishes.
/// 4. The threads end, the last counters and states are published, the nodes are released.
///
/// **Concurrency.** Safe from any thread. `start()` once.
public final class GraphRuntime: Sendable {
  /// How a graph is run.
  public struct Options: Sendable {
    /// Threads that run nodes, 1 to 64.
    public var workers: Int
    /// The clock.
    public var clock: FlowClock
    /// Time between two publications.
    public var publishingInterval: Duration
    /// Where the run logs.
    public var logger: Logger
    /// What the names of its threads begin with.
    public var threadName: String

    /// As many workers as processors, the system's clock, ten publications a second.
    public init(
      workers: Int = min(LocalThread.processorCount, 64), clock: FlowClock = .system,
      publishingInterval: Duration = .milliseconds(100),
      logger: Logger = Logger(label: "lava.flow"),
      threadName: String = "lava"
    ) {
      self.workers = workers
      self.clock = clock
      self.publishingInterval = publishingInterval
      self.logger = logger
      self.threadName = threadName
    }
  }

  /// The nodes and what publishes them; gone when the run has ended.
  private struct Engine {
    let run: GraphRun
    let publisher: Publisher?
    var threads: [LocalThread] = []
  }

  private enum Outcome {
    case pending([CheckedContinuation<FlowResult, Never>])
    case done(FlowResult)
  }

  private let options: Options
  private let engine: LocalMutex<Engine?>
  private let outcome = LocalMutex<Outcome>(.pending([]))
  private let ended = LocalSignal()

  /// Makes the nodes of `host` and connects them.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - host: Only nodes of this host are made.
  ///   - options: How it is run.
  ///   - crossings: Makes the ends of edges between hosts; needed where the graph has any.
  ///   - sink: Where counters, errors and states are published; `nil` publishes nothing.
  /// - Throws: What kept nodes or edges from being made, each with file, JSON path and remedy.
  public init(
    _ graph: Graph, host: String = GraphDocument.mainHost, options: Options = Options(),
    crossings: (any Crossings)? = nil, sink: (any RecordSink)? = nil
  ) throws(GraphError) {
    precondition((1...Scheduler.maximumWorkers).contains(options.workers), "1 to 64 workers")
    self.options = options
    let run = try GraphRun(
      graph, host: host, workers: options.workers, clock: options.clock, crossings: crossings)
    let publisher = sink.map { Publisher(run: run, sink: $0, logger: options.logger) }
    engine = LocalMutex(Engine(run: run, publisher: publisher))
  }

  /// Starts the threads.
  ///
  /// - Throws: When the system has no room for a thread; none runs then.
  public func start() throws(FlowError) {
    let workers = options.workers
    try engine.withLock { engine throws(FlowError) in
      guard let run = engine?.run, engine?.threads.isEmpty == true else {
        preconditionFailure("a runtime is started once")
      }
      var threads: [LocalThread] = []
      do throws(FlowError) {
        for index in 0..<workers {
          try threads.append(thread("worker-\(index)") { run.workerLoop(index) })
        }
        for node in run.scheduler.nodes where node.ownSignal != nil {
          try threads.append(thread(node.id) { run.nodeLoop(node) })
        }
        try threads.append(thread("timer") { run.timerLoop() })
        engine?.threads = threads
        try thread("control") { self.controlLoop() }.detach()
      } catch {
        run.abandon()
        for thread in threads { thread.join() }
        throw error
      }
      run.wakeSources()
      options.logger.debug("host \(run.host) runs \(run.nodeCount) nodes on \(workers) workers")
    }
  }

  private func thread(
    _ name: String, _ body: @escaping @Sendable () -> Void
  ) throws(FlowError) -> LocalThread {
    guard let thread = LocalThread(name: "\(options.threadName)-\(name)", body) else {
      throw FlowError.noThread(name)
    }
    return thread
  }

  /// Asks generators to end; the rest follows. Safe to call at any time and more than once.
  public func stop() {
    // Under the lock, so that no reference of ours outlives the end of the run; nothing that is
    // called from here comes back.
    engine.withLock { $0?.run.stop() }
  }

  /// Ends the run without waiting for packets; those that are left count as undelivered. A node
  /// that is being called is waited for.
  public func abandon() { engine.withLock { $0?.run.abandon() } }

  /// Waits for the end of the run, blocking the calling thread.
  public func wait() -> FlowResult {
    while true {
      let ticket = ended.ticket
      if case .done(let result) = outcome.withLock({ $0 }) { return result }
      ended.sleep(ticket)
    }
  }

  /// Waits for the end of the run, suspending the calling task.
  public func result() async -> FlowResult {
    await withCheckedContinuation { continuation in
      let done: FlowResult? = outcome.withLock { outcome in
        switch outcome {
        case .done(let result): return result
        case .pending(let waiting):
          outcome = .pending(waiting + [continuation])
          return nil
        }
      }
      if let done { continuation.resume(returning: done) }
    }
  }

  // MARK: The control thread

  private func controlLoop() {
    let result = drive()
    // The nodes' own `deinit` has run when anybody hears of the end, and outside of the lock: it
    // may call the runtime.
    engine.replace(by: nil)
    let waiting = outcome.withLock { outcome -> [CheckedContinuation<FlowResult, Never>] in
      guard case .pending(let waiting) = outcome else { return [] }
      outcome = .done(result)
      return waiting
    }
    ended.raise()
    for continuation in waiting { continuation.resume(returning: result) }
  }

  /// Publishes from time to time until the graph has ended.
  private func drive() -> FlowResult {
    guard let engine = engine.withLock({ $0 }) else {
      preconditionFailure("the engine goes with this thread")
    }
    let run = engine.run
    let interval = FlowInstant(nanoseconds: 0).advanced(by: options.publishingInterval).nanoseconds
    var nextPublication = SystemClock.monotonicNanoseconds
    while true {
      let ticket = run.control.signal.ticket
      if run.advanceEnding() { break }
      guard let publisher = engine.publisher else {
        run.control.signal.sleep(ticket)
        continue
      }
      let now = SystemClock.monotonicNanoseconds
      if now >= nextPublication {
        publisher.publish()
        nextPublication = now &+ interval
      } else {
        run.control.signal.sleep(ticket, timeoutNanoseconds: nextPublication - now)
      }
    }
    options.logger.debug("host \(run.host) is quiet")
    run.stopThreads()
    for thread in engine.threads { thread.join() }
    engine.publisher?.publish()
    return run.result()
  }
}

/// How a run ended.
///
/// **Concurrency.** A value.
public struct FlowResult: Hashable, Sendable {
  /// Packets whose handling failed, and generators and nodes that ended with an error.
  public var failedCount: UInt64
  /// Packets that no node took.
  public var undeliveredCount: UInt64
  /// Edges whose packets could not move any more, because loops of full edges waited for each
  /// other.
  public var stalledEdges: [String]
  /// Packets taken and emitted by all nodes.
  public var packetCount: UInt64
  /// Whether the run was given up before its end.
  public var isAbandoned: Bool

  /// Whether every packet was handled.
  public var isSuccess: Bool {
    failedCount == 0 && undeliveredCount == 0 && stalledEdges.isEmpty && !isAbandoned
  }
}
