import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct SelectionTests {
  let scratch = Scratch()
  let store: Database
  let jobs: Queue<UInt64>
  let samples: Channel<UInt64>
  let messages: MessageQueue
  let selection: Selection

  init() throws {
    store = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    jobs = try store.queue(
      "jobs", of: UInt64.self, creating: ElementQueueGeometry(capacity: 4))
    samples = try store.channel("samples", of: UInt64.self, creating: ChannelGeometry(capacity: 4))
    messages = try store.queue("messages", creating: QueueGeometry(capacity: 4))
    selection = Selection([jobs.inlet, samples.inlet, messages.inlet])
  }

  @Test func `what has something is ready, and nothing else`() throws {
    #expect(selection.ready == [])
    #expect(try selection.wait(timeoutNanoseconds: 1_000_000) == [])
    var sender = try samples.sender()
    _ = try sender.push(1)
    #expect(selection.ready == [1])
    _ = try messages.push(Message(), payload: RawSpan())
    #expect(try selection.wait() == [1, 2])
    _ = try jobs.push(1)
    #expect(try selection.wait() == [0, 1, 2])
    _ = try jobs.pop()
    var receiver = try samples.receiver()
    _ = try receiver.pop()
    #expect(try selection.wait() == [2])
  }

  @Test(arguments: 0..<3)
  func `who sleeps for several is woken by each`(number: Int) throws {
    let woken = LocalMutex<[Int]>([])
    try inThreads([
      {
        let found = try selection.wait(timeoutNanoseconds: 60_000_000_000)
        woken.withLock { $0 = found }
      },
      {
        #expect(eventually { jobs.cells.ring.arrival.hasSleeper })
        switch number {
        case 0: _ = try jobs.push(1)
        case 1:
          var sender = try samples.sender()
          _ = try sender.push(1)
        default: _ = try messages.push(Message(), payload: RawSpan())
        }
      },
    ])
    #expect(woken.withLock { $0 } == [number])
  }

  @Test func `who awaits several is woken, and cancellation ends it`() async throws {
    let waiting = Task { try await selection.next() }
    _ = try jobs.push(1)
    #expect(try await waiting.value == [0])
    _ = try jobs.pop()
    let cancelled = Task { try await selection.next() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test func `a producer that died before an element does not hide it`() throws {
    _ = try jobs.push(1)
    _ = try jobs.push(2)
    let dead = ParticipantIdentity(rawValue: 77 << 10 | 5)
    jobs.cells.ring.control(0).exchangeSequential(CellWord(.writing, lap: 0, owner: dead).rawValue)
    var taken: UInt64?
    let isFound = try eventually {
      #expect(try selection.wait() == [0])
      taken = try jobs.pop()
      return taken != nil
    }
    #expect(isFound && taken == 2 && jobs.lostCount == 1)
  }

  @Test func `nobody waits for a store that was dropped`() throws {
    try store.drop()
    let error = #expect(throws: StoreError.self) { try selection.wait() }
    #expect(error?.code == .dropped)
  }
}
