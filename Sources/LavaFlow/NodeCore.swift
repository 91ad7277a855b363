import LavaSchema
import SharedMemory
import SharedStructures
import Synchronization

/// A node while it runs.
///
/// `state` says who may touch the node. Everything that is not atomic belongs to the thread that
/// has brought `state` to `running`:
///
///     idle ----notify----> ready ----claim----> running ----nothing left----> idle
///                            ^                     |  \----notify----> notified
///                            \----more to do-------/                      |
///                            \------------------------- end of turn ------/
///
/// `Scheduler` explains why no notification is lost.
final class NodeCore: @unchecked Sendable {
  /// The values of `state`.
  enum State {
    static let idle: UInt32 = 0
    static let ready: UInt32 = 1
    static let running: UInt32 = 2
    static let notified: UInt32 = 3
  }

  let index: Int
  let id: String
  let outputs: [NodeDescriptor.Output]
  let executor: NodeExecutor
  /// Whether the node brings packets into the graph.
  let isSource: Bool
  /// Whether the node is told when everything before it has ended.
  let wantsFinish: Bool
  /// What wakes the node's own thread; `nil` for nodes that the workers run.
  let ownSignal: LocalSignal?

  let state = Atomic<UInt32>(State.idle)
  let counters = NodeCounterWords()
  let lastError = LocalMutex<NodeFailure?>(nil)
  let watch: StateWatch?
  /// Set once, by whoever ends the graph.
  let isFinishing = Atomic<Bool>(false)

  let inputEdges: [EdgeCore]
  let outputEdges: [EdgeCore]
  let inputs: LocalTable<InputEdge>
  let ports: LocalTable<OutputPort>
  let edges: LocalTable<OutputEdge>
  /// One place: the cell whose envelope emitted packets inherit.
  let inherited: LocalTable<LocalCell>
  /// An envelope of no packet, for what is emitted outside of packets.
  let neutral: LocalCell
  private let memory: [LocalMemory]

  // The running thread's.
  var spill: [SpilledPacket] = []
  var nextInput = 0
  /// Mean time of a packet in the turn before; infinite before the first.
  var meanNanoseconds = UInt64.max
  /// When a generator wants to be called again.
  var wake = FlowInstant(nanoseconds: 0)
  /// Whether a source keeps the graph alive.
  var isCounted: Bool
  /// Whether a generator has no more, or a message node has finished.
  var hasEnded = false

  /// - Parameters:
  ///   - incoming: Each edge into the node with the index of its input.
  ///   - outgoing: The edges of each output, in the order of the descriptor.
  init(
    index: Int, plan: NodePlan, incoming: [(edge: EdgeCore, port: Int)], outgoing: [[EdgeCore]]
  ) {
    precondition(outgoing.count == plan.outputs.count, "one list of edges for each output")
    self.index = index
    id = plan.id
    outputs = plan.outputs
    executor = plan.executor
    isSource = plan.executor.isSource
    wantsFinish = plan.executor.wantsFinish
    isCounted = plan.executor.isSource
    ownSignal = plan.hasOwnThread ? LocalSignal() : nil
    watch = plan.isWatched ? StateWatch() : nil
    inputEdges = incoming.map(\.edge)
    outputEdges = outgoing.flatMap { $0 }

    let (neutral, neutralMemory) = LocalCell.make(byteCount: EdgeCore.envelopeBytes)
    let (inherited, inheritedMemory) = LocalTable.make([neutral])
    let (inputs, inputsMemory) = LocalTable.make(
      incoming.map { input in
        InputEdge(
          ring: input.edge.ring, port: Int32(input.port), drops: input.edge.dropping != nil)
      })
    let (edges, edgesMemory) = LocalTable.make(
      outputEdges.map { edge in
        OutputEdge(
          ring: edge.ring, waits: edge.overflow == .wait, drops: edge.dropping != nil)
      })
    let (ports, portsMemory) = LocalTable.make(Self.ports(plan.outputs, outgoing))
    self.neutral = neutral
    self.inherited = inherited
    self.inputs = inputs
    self.edges = edges
    self.ports = ports
    memory = [neutralMemory, inheritedMemory, inputsMemory, edgesMemory, portsMemory]
  }

  private static func ports(
    _ outputs: [NodeDescriptor.Output], _ outgoing: [[EdgeCore]]
  ) -> [OutputPort] {
    var first = 0
    return zip(outgoing, outputs).map { edges, output in
      defer { first += edges.count }
      return OutputPort(
        first: Int32(first), end: Int32(first + edges.count),
        typeID: output.type.typeID.rawValue,
        isDirect: edges.count == 1 && edges[0].dropping == nil
          && (output.type.valueSize ?? .max) <= Message.maximumInlinePayload,
        waits: edges.first?.overflow == .wait,
        ring: edges.first?.ring ?? EdgeCore.unconnected, identity: output.type.identity)
    }
  }

  /// Whether there is anything to call the node for.
  func mayRun(at now: FlowInstant, isStopping: Bool) -> Bool {
    if hasEnded { return false }
    if isSource { return wake <= now || isStopping }
    // Pair node-finishing.
    return waitingCount > 0 || isFinishing.load(ordering: .acquiring)
  }

  // MARK: Failures

  /// Counts a failed packet and keeps the reason for whoever looks.
  func fail(_ error: any Error, cycle: UInt64, at time: UInt64) {
    counters.addError()
    // Described outside of the lock: the description is the node's own code.
    let message = "\(error)"
    lastError.withLock { failure in
      failure = NodeFailure(message: message, count: counters.errors, cycle: cycle, time: time)
    }
  }

  // MARK: Edges

  /// Keeps the envelope of the packet handled last, for what is emitted after its cell has gone.
  func rememberLast(_ cell: LocalCell) {
    neutral.store(cell.load(as: Message.self, at: 0), at: 0)
    inherited[0] = neutral
  }

  /// Moves spilled packets on as far as there is room.
  ///
  /// - Returns: Whether all have gone.
  func moveSpill() -> Bool {
    guard !spill.isEmpty else { return true }
    var kept: [SpilledPacket] = []
    var full: Set<Int> = []
    for packet in spill {
      let ring = edges[packet.edge].ring
      guard !full.contains(packet.edge), let cell = ring.reserve() else {
        full.insert(packet.edge)
        kept.append(packet)
        continue
      }
      cell.store(packet.envelope, at: 0)
      cell.write(packet.inline.rawSpan, at: EdgeLayout.payload)
      ring.commit()
    }
    spill = kept
    return kept.isEmpty
  }

  /// Whether an edge that waits is full, now that its consumer was asked to tell when it is not.
  func restsOnFullEdge() -> Bool {
    var rests = false
    for index in 0..<edges.count where edges[index].waits && !edges[index].ring.hasRoom {
      if edges[index].ring.rest() { rests = true }
    }
    return rests
  }

  /// Lets consumers see what was emitted, and sees to it that they run.
  func publish(_ scheduler: Scheduler, by worker: Worker?) {
    for edge in outputEdges where edge.publish() {
      scheduler.notify(edge.consumer, by: worker)
    }
  }

  /// Gives the cells that were read back to their producers, and wakes those that rest for them.
  func giveBack(_ scheduler: Scheduler, by worker: Worker?) {
    var given = false
    for index in 0..<inputs.count where !inputs[index].drops && inputs[index].ring.giveBack() {
      given = true
    }
    guard given else { return }
    // Pair ring-rest: the heads are stored before the marks are read.
    Fence.sequential()
    for index in 0..<inputs.count where !inputs[index].drops && inputs[index].ring.takeRest() {
      scheduler.notify(inputEdges[index].producer, by: worker)
    }
  }

  /// Packets that wait on the node's inputs.
  var waitingCount: Int { inputEdges.reduce(0) { $0 + $1.waitingCount } }
}
