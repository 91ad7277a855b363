import SharedMemory
import Synchronization

/// Decides which node runs where: one word for each node, one queue of ready nodes, one mask of
/// parked workers.
///
/// **Ready.** Whoever gives a node something to do calls `notify`. The order of events is:
///
///     notifier                              the node's thread
///     store what there is to do             claim: state <- running (sequential exchange)
///     fence (sequential)                    look for things to do, do them
///     load state                            leave: state running -> idle (compare-and-swap)
///
/// Found `idle`, the notifier makes it `ready` and queues the node; the compare-and-swap admits one
/// notifier, so a node stands in the queue at most once. Found `ready`, the claim is still to come,
/// and because of the fence the claimer will see what was stored. Found `running`, the notifier
/// makes it `notified`; then leaving fails, and the node is queued again. A notifier that used no
/// fence could read an old `ready` while its own store is still on the way, and both would let it
/// be.
///
/// **Park.** A worker that finds the queue empty looks for a while, then:
///
///     worker                                whoever queues a node
///     take a ticket of its signal           push to the queue
///     set its bit in `parked`               fence (sequential)
///     look into the queue once more         load `parked`; clear one bit, raise that signal
///     sleep while the ticket is current
///
/// Either the worker's second look finds the node, or the queueing thread finds the bit. Whoever
/// cleared a bit raises that worker's signal, so a bit is cleared for one wake-up only. While a
/// worker is looking (`searching`), queueing wakes nobody: the looking worker sets its bit before
/// it stops looking, and wakes another when it finds work and more is queued.
///
/// **End.** `activity` counts nodes that are not idle, and sources that have neither ended nor wait
/// for room. What a node does before it goes idle makes others active first, so the count is zero
/// only when nothing can happen any more: everything was handled, or full edges wait for each
/// other. `Documentation/Models/ready-claim-park.pml` goes through every interleaving of a small
/// graph, also with each of these steps taken away.
final class Scheduler: @unchecked Sendable {
  let nodes: [NodeCore]
  private let queue: LocalIndexQueue
  private let queueMemory: LocalMemory
  private let signals: [LocalSignal]
  /// Bit w: worker w sleeps or is about to.
  private let parked = Atomic<UInt64>(0)
  private let searching = Atomic<Int>(0)
  private let activity: Atomic<Int>
  private let isStopped = Atomic<Bool>(false)
  private let onQuiet: @Sendable () -> Void

  /// Most workers: the width of `parked`.
  static let maximumWorkers = 64

  /// - Parameters:
  ///   - nodes: All nodes of this host, by index.
  ///   - workers: How many workers will call `next`.
  ///   - onQuiet: Called, from any thread, when nothing can happen any more.
  init(nodes: [NodeCore], workers: Int, onQuiet: @escaping @Sendable () -> Void) {
    precondition((0...Self.maximumWorkers).contains(workers), "0 to 64 workers")
    self.nodes = nodes
    self.onQuiet = onQuiet
    signals = (0..<workers).map { _ in LocalSignal() }
    activity = Atomic(nodes.count { $0.isSource })
    (queue, queueMemory) = LocalIndexQueue.make(capacity: max(1, nodes.count))
  }

  // MARK: Notifying

  /// Sees to it that the node runs, now that there is something for it to do.
  ///
  /// - Parameters:
  ///   - index: The node.
  ///   - worker: The calling worker, which may run the node next itself; `nil` from elsewhere.
  func notify(_ index: Int, by worker: Worker?) {
    let node = nodes[index]
    // Pair node-claimed: what there is to do was stored before the state is read.
    Fence.sequential()
    var state = node.state.load(ordering: .relaxed)
    while true {
      switch state {
      case NodeCore.State.idle:
        // Counted first: the count is not zero while anybody is about to make a node ready.
        activity.wrappingAdd(1, ordering: .relaxed)
        // Pair node-turn: acquires what the last turn left behind, releases what there is to do.
        let (exchanged, original) = node.state.compareExchange(
          expected: state, desired: NodeCore.State.ready, ordering: .acquiringAndReleasing)
        if exchanged {
          enqueue(node, by: worker)
          return
        }
        leave()
        state = original
      case NodeCore.State.running:
        // Pair node-turn: the running worker sees what there is to do when it lets go.
        let (exchanged, original) = node.state.compareExchange(
          expected: state, desired: NodeCore.State.notified, ordering: .acquiringAndReleasing)
        if exchanged { return }
        state = original
      default:
        return
      }
    }
  }

  /// Queues a node whose state is `ready`.
  func enqueue(_ node: NodeCore, by worker: Worker?) {
    if let signal = node.ownSignal {
      signal.raise()
    } else if let worker, worker.keep(node.index) {
      return
    } else {
      let pushed = queue.push(UInt32(node.index))
      precondition(pushed, "a node stands in the queue at most once")
      // Pair queue-parked: the node is queued before the mask is read.
      Fence.sequential()
      wakeOne()
    }
  }

  private func wakeOne() {
    guard searching.load(ordering: .relaxed) == 0 else { return }
    var mask = parked.load(ordering: .relaxed)
    while mask != 0 {
      let bit: UInt64 = 1 << UInt64(mask.trailingZeroBitCount)
      // Pair queue-parked: whoever takes the bit wakes its worker.
      let (exchanged, original) = parked.compareExchange(
        expected: mask, desired: mask & ~bit, ordering: .acquiringAndReleasing)
      if exchanged {
        signals[mask.trailingZeroBitCount].raise()
        return
      }
      mask = original
    }
  }

  // MARK: Working

  /// The next ready node, if there is one now.
  func pop() -> Int? { queue.pop().map { Int($0) } }

  /// The next ready node for `worker`; sleeps while there is none.
  ///
  /// - Returns: `nil` when the workers are to stop.
  func next(_ worker: Int) -> Int? {
    // Pair workers-stopped.
    while !isStopped.load(ordering: .acquiring) {
      if let found = pop() ?? search() { return found }
      let signal = signals[worker]
      let ticket = signal.ticket
      let bit: UInt64 = 1 << UInt64(worker)
      parked.bitwiseOr(bit, ordering: .sequentiallyConsistent)
      // Pair queue-parked: the bit is set before the queue is read once more.
      Fence.sequential()
      if let found = pop() {
        parked.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
        // The wake-up may have been meant for another node.
        wakeForMore()
        return found
      }
      // Pair workers-stopped: after the ticket was taken.
      if !isStopped.load(ordering: .sequentiallyConsistent) { signal.sleep(ticket) }
      parked.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
    }
    return nil
  }

  /// Looks for a while, because a node is often ready within microseconds.
  private func search() -> Int? {
    // Pair queue-parked: whoever pushes meanwhile wakes nobody.
    searching.wrappingAdd(1, ordering: .sequentiallyConsistent)
    var found: Int?
    for _ in 0..<Self.searchRounds {
      found = pop()
      if found != nil || isStopped.load(ordering: .relaxed) { break }
      spinHint()
    }
    // Pair queue-parked.
    searching.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    // While we looked nobody else was woken.
    if found != nil { wakeForMore() }
    return found
  }

  private func wakeForMore() {
    if !queue.isEmpty { wakeOne() }
  }

  /// Some ten microseconds.
  private static let searchRounds = 500

  // MARK: Ending

  /// Counts a source that goes on; the caller has a turn, which is counted too.
  func join() { activity.wrappingAdd(1, ordering: .relaxed) }

  /// Counts down what keeps the graph alive: a node that went idle, a source that ended.
  func leave() {
    // Pair quiet: everything the leaving node did happens before the end is handled.
    if activity.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { onQuiet() }
  }

  /// Whether nothing can happen any more.
  var isQuiet: Bool {
    // Pair quiet.
    activity.load(ordering: .acquiring) == 0
  }

  /// Whether threads are to end.
  var hasStopped: Bool { isStopped.load(ordering: .acquiring) }

  /// Lets all workers return from `next`.
  func stopWorkers() {
    // Pair workers-stopped: before the tickets become old.
    isStopped.store(true, ordering: .sequentiallyConsistent)
    for signal in signals { signal.raise() }
  }
}
