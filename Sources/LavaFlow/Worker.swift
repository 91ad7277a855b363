import SharedMemory
import Synchronization

/// What a thread needs to run nodes: buffers, a clock, and one node to go on with.
///
/// A worker that runs a node and thereby makes the next one ready goes on with that one itself,
/// since the packets are in its cache; what else becomes ready goes to the queue, for anyone.
///
/// **Concurrency.** One thread.
final class Worker {
  /// Most turns in a row that pass the queue by, so that a loop of nodes cannot keep others
  /// waiting.
  private static let longestRun = 16
  /// A packet that takes longer than this is shown to others before the next one.
  private static let slowNanoseconds: UInt64 = 1_000
  /// When the turn of a slow node ends.
  private static let turnNanoseconds: UInt64 = 1_000_000

  let scheduler: Scheduler
  let buffers: LocalBufferCache
  let clock: FlowClock
  /// Where a plain value stands on its way to more than one edge.
  let scratch: LocalCell
  private let scratchMemory: LocalMemory
  private let control: RunControl
  private let mayKeep: Bool
  private var kept: Int?
  private var runLength = 0

  /// - Parameter mayKeep: Whether the thread runs nodes one after another; a node's own thread
  ///   does not.
  init(scheduler: Scheduler, buffers: LocalBufferCache, control: RunControl, mayKeep: Bool) {
    self.scheduler = scheduler
    self.buffers = buffers
    self.control = control
    self.mayKeep = mayKeep
    clock = control.clock
    (scratch, scratchMemory) = LocalCell.make(byteCount: EdgeLayout.maximumInline)
  }

  var isStopping: Bool { control.isStopping }

  /// Takes a ready node to run next; `false` when it should go to the queue.
  func keep(_ index: Int) -> Bool {
    guard mayKeep, kept == nil, runLength < Self.longestRun else { return false }
    kept = index
    return true
  }

  /// The node that was kept.
  func takeKept() -> Int? {
    guard let index = kept else {
      runLength = 0
      return nil
    }
    kept = nil
    runLength += 1
    return index
  }

  /// Runs nodes until the scheduler says stop.
  func loop(_ index: Int) {
    while let node = takeKept() ?? scheduler.next(index) { turn(of: scheduler.nodes[node]) }
  }

  /// Runs a ready node for one turn.
  func turn(of node: NodeCore) {
    // Pair node-claimed: from here on, whoever notifies makes another turn; what was stored before
    // is seen by this one.
    _ = node.state.exchange(NodeCore.State.running, ordering: .sequentiallyConsistent)
    Fence.sequential()
    let start = clock.now
    let goesOn = run(node, start)
    if !goesOn {
      // Pair node-turn: the next turn sees what this one left behind.
      let (isIdle, _) = node.state.compareExchange(
        expected: NodeCore.State.running, desired: NodeCore.State.idle,
        ordering: .acquiringAndReleasing)
      if isIdle {
        scheduler.leave()
        return
      }
    }
    // Pair node-turn.
    node.state.store(NodeCore.State.ready, ordering: .releasing)
    // Not kept: others that wait come first.
    scheduler.enqueue(node, by: nil)
  }

  /// - Returns: Whether the node has more to do now.
  private func run(_ node: NodeCore, _ start: FlowInstant) -> Bool {
    while !node.moveSpill() {
      if restsOnFullEdge(node) { return rest(node) }
    }
    if restsOnFullEdge(node) { return rest(node) }
    if node.isSource, !node.isCounted, !node.hasEnded {
      scheduler.join()
      node.isCounted = true
    }
    guard node.mayRun(at: start, isStopping: isStopping) else { return rest(node) }
    var context = FlowContext(core: node, worker: self)
    var inbox = Inbox(
      core: node, worker: self, turnEnd: start.advanced(nanoseconds: Self.turnNanoseconds),
      isSlow: node.meanNanoseconds > Self.slowNanoseconds)
    let result = node.executor.run(&inbox, &context)
    let isFinished = finishIfAsked(node, result, &context)
    node.publish(scheduler, by: self)
    node.giveBack(scheduler, by: self)
    let end = clock.now
    count(node, inbox.takenCount, context.emittedCount, end.nanoseconds &- start.nanoseconds)
    if let watch = node.watch, isFinished || watch.isDue(end) {
      watch.offer(node.executor.state(), at: end)
    }
    return settle(node, result, context.mustPause)
  }

  /// Whether the node waits for room; whoever makes some notifies it.
  ///
  /// A source that waits for room does not keep the graph alive, so that a graph whose full edges
  /// wait for each other ends, and says so.
  private func restsOnFullEdge(_ node: NodeCore) -> Bool {
    guard node.restsOnFullEdge() else { return false }
    if node.isSource { uncount(node) }
    return true
  }

  private func uncount(_ source: NodeCore) {
    guard source.isCounted else { return }
    source.isCounted = false
    scheduler.leave()
  }

  /// Ends a turn in which the node was not called for packets.
  ///
  /// A node is told to finish when nothing moves any more: an edge that is full then stays full,
  /// and what the node still emits waits beside it.
  private func rest(_ node: NodeCore) -> Bool {
    var goesOn = false
    // Pair node-finishing.
    if !node.hasEnded, node.isFinishing.load(ordering: .acquiring) {
      var context = FlowContext(core: node, worker: self)
      _ = finishIfAsked(node, .waitsForNews, &context)
      count(node, 0, context.emittedCount, 0)
      goesOn = !restsOnFullEdge(node) && !node.spill.isEmpty
    }
    node.publish(scheduler, by: self)
    let now = clock.now
    if let watch = node.watch, watch.wantsTurn(now) { watch.offer(node.executor.state(), at: now) }
    return goesOn
  }

  private func finishIfAsked(
    _ node: NodeCore, _ result: TurnResult, _ context: inout FlowContext
  ) -> Bool {
    // Pair node-finishing.
    guard node.isFinishing.load(ordering: .acquiring) else { return false }
    // Packets that the node leaves after it was asked once more stay where they are.
    if case .waitsForPackets = result, node.waitingCount > 0 { return false }
    do {
      try node.executor.finish(&context)
    } catch {
      context.fail(error)
    }
    node.hasEnded = true
    return true
  }

  private func count(
    _ node: NodeCore, _ taken: UInt64, _ emitted: UInt64, _ nanoseconds: UInt64
  ) {
    node.counters.addTurn(packetsIn: taken, packetsOut: emitted, nanoseconds: nanoseconds)
    node.meanNanoseconds = nanoseconds / max(1, taken, emitted)
    if node.inputs.count > 1 { node.nextInput = (node.nextInput + 1) % node.inputs.count }
  }

  /// Decides what comes after a turn.
  private func settle(_ node: NodeCore, _ result: TurnResult, _ isPaused: Bool) -> Bool {
    let wantsMore: Bool
    switch result {
    case .waitsForPackets: wantsMore = node.waitingCount > 0
    case .waitsForNews: wantsMore = false
    case .goesOn: wantsMore = true
    case .sleeps(let instant):
      node.wake = instant
      control.timers.wake(node.index, at: instant)
      wantsMore = false
    case .ended:
      node.hasEnded = true
      uncount(node)
      wantsMore = false
    }
    guard isPaused else { return wantsMore }
    return !restsOnFullEdge(node) && (wantsMore || !node.spill.isEmpty)
  }
}
