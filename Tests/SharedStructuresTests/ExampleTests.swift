import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

private struct Job: SharedValue {
  var number: UInt64
  var weight: Double
  static var layoutName: String { "job.1" }
}

private struct Sample: SharedValue {
  var time: UInt64
  static var layoutName: String { "sample.1" }
}

/// The examples of the documentation, as they stand there, each with what comes of it.
@Suite struct ExampleTests {
  let scratch = Scratch()
  let database: Database

  init() throws { database = try Database.open(scratch.database(), creating: Geometry()) }

  // MARK: To hand things on

  @Test func `a channel from one to another`() throws {
    let channel = try database.channel("samples", of: Sample.self, creating: ChannelGeometry())
    var sender = try channel.sender()
    _ = try sender.push(Sample(time: 1))
    // in another thread or process
    var receiver = try channel.receiver()
    let sample = try receiver.pop(timeoutNanoseconds: .max)
    #expect(sample?.time == 1)
  }

  @Test func `a queue of plain values`() throws {
    struct Job: SharedValue {
      var number: UInt64
      var weight: Double
      static var layoutName: String { "job.1" }
    }
    let jobs = try database.queue("jobs", of: Job.self, creating: ElementQueueGeometry())
    _ = try jobs.push(Job(number: 1, weight: 0.5))
    if let job = try jobs.pop() { print(job.number) }
    #expect(jobs.count == 0 && jobs.pushedCount == 1)
  }

  @Test func `a queue whose elements are acknowledged`() throws {
    let jobs = try database.queue(
      "jobs", of: Job.self, creating: ElementQueueGeometry(delivery: .acknowledged))
    _ = try jobs.push(Job(number: 1, weight: 0.5))
    while let claim = try jobs.claim() {
      print(claim.element.number)
      if try !claim.acknowledge() { print("another has run it as well") }
    }
    #expect(jobs.count == 0 && jobs.heldCount == 0)
  }

  @Test func `a queue of messages`() throws {
    let jobs = try database.queue("jobs", creating: QueueGeometry())
    let text = Array("a text".utf8)
    _ = try jobs.push(Message(type: .utf8, cycle: 7), payload: text.rawSpan)
    try jobs.pop { message, payload in print(message.cycle, payload.byteCount) }
    #expect(jobs.count == 0 && jobs.pushedCount == 1)
  }

  @Test func `a queue of bytes`() throws {
    let parts = try database.byteQueue("parts", creating: ByteQueueGeometry())
    try parts.push("a text")
    try parts.push(count: 8) { $0.storeBytes(of: 5, as: UInt64.self) }
    while try parts.pop({ bytes, type in print(type, bytes.byteCount) }) {}
    #expect(try parts.contents().waiting == 0 && parts.contents().segments == 1)
  }

  @Test func `a topic`() async throws {
    let readings = try database.topic("readings", of: Double.self, creating: TopicGeometry())
    try readings.publish(0.5)
    var subscription = try readings.subscribe(from: .last(10))
    try readings.publish(1.5)
    while let reading = try subscription.next() { print(reading) }
    #expect(subscription.position == 2 && subscription.missedCount == 0)
  }

  @Test func `a topic that a task waits for`() async throws {
    let readings = try database.topic("readings", of: Double.self, creating: TopicGeometry())
    let task = Task {
      var subscription = try readings.subscribe(from: .oldest)
      while !Task.isCancelled {
        while let element = try subscription.next() { print(element) }
        try await subscription.arrival()
      }
      return subscription.position
    }
    try readings.publish(0.5)
    task.cancel()
    #expect(try await task.value <= 1)
  }

  @Test func `a topic of bytes`() throws {
    let events = try database.byteTopic("events", creating: ByteTopicGeometry())
    let subscription = try events.subscribe(overflow: .dropOldest)
    try events.publish("started")
    while let event = try subscription.pop() { print(event.type, event.bytes.count) }
    #expect(try subscription.count() == 0 && subscription.droppedCount == 0)
  }

  @Test func `a queue by levels of priority`() throws {
    let jobs = try database.priorityQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    let next = try jobs.pop()  // 18
    #expect(next?.element == 18)
  }

  @Test func `an ordered queue`() throws {
    let jobs = try database.orderedQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    let next = try jobs.pop()  // 18
    #expect(next?.element == 18)
  }

  @Test func `a stack`() throws {
    let tickets = try database.stack("tickets", of: UInt32.self, creating: ElementCapacity(1_000))
    try tickets.push(17)
    let last = try tickets.pop(timeoutNanoseconds: 1_000_000)  // 17
    #expect(last == 17)
  }

  @Test func `several that are waited for at once`() throws {
    let jobs = try database.queue("jobs", of: Job.self, creating: ElementQueueGeometry())
    let samples = try database.channel("samples", of: Sample.self, creating: ChannelGeometry())
    var sender = try samples.sender()
    var receiver = try samples.receiver()
    _ = try jobs.push(Job(number: 1, weight: 0.5))
    _ = try sender.push(Sample(time: 1))
    let selection = Selection([jobs.inlet, samples.inlet])
    for number in try selection.wait() {
      if number == 0 {
        while let job = try jobs.pop() { print(job.number) }
      } else {
        while let sample = try receiver.pop() { print(sample.time) }
      }
    }
    #expect(selection.ready == [])
  }

  @Test func `a queue of elements that are not known`() throws {
    let samples = try database.queue("samples", of: Sample.self, creating: ElementQueueGeometry())
    _ = try samples.push(Sample(time: 1))
    let queue = try database.anyQueue("samples")
    for element in try queue.peek(maxCount: 10) { print(queue.describe(element).json) }
    #expect(samples.count == 1)
  }

  // MARK: To find things again

  @Test func `a sorted map`() throws {
    let prices = try database.sortedMap(
      "prices", of: UInt64.self, to: Double.self,
      creating: ElementCapacity(initial: 1_000, maximum: 100_000))
    try prices.put(7, 1.5)
    let first = try prices.first
    #expect(first?.key == 7 && first?.value == 1.5)
  }

  @Test func `a sorted set`() throws {
    let seen = try database.sortedSet("seen", of: UInt64.self, creating: ElementCapacity(1_000))
    let isNew = try seen.insert(7)
    #expect(isNew)
  }

  @Test func `a hash map`() throws {
    let counts = try database.hashMap("counts", of: UInt64.self, to: UInt32.self, creating: 1_000)
    try counts.update(7) { ($0 ?? 0) + 1 }
    #expect(try counts.get(7) == 1)
  }

  @Test func `a list`() throws {
    let list = try database.list("steps", of: UInt64.self, creating: ElementCapacity(1_000))
    let position = try list.append(17)
    try list.update(at: position) { $0 + 1 }
    #expect(try list.popFirst()?.element == 18)
  }

  @Test func `a table of one writer`() throws {
    let table = try database.table("joints", creating: TableGeometry(), keys: ["hip", "knee"])
    var writer = try table.writer()
    try writer.set("hip", 0.25)
    print(try table.get("hip", as: Double.self)!)
    #expect(try table.get("hip", as: Double.self) == 0.25)
  }

  @Test func `strings by their handles`() throws {
    let words = try database.strings("words", creating: StringsGeometry())
    let handle = try words.intern("telemetry")
    print(try words.find("telemetry") == handle, try words.string(handle))
    #expect(try words.string(handle) == "telemetry")
  }

  // MARK: Room and state

  @Test func `a heap`() throws {
    let scene = try database.heap("scene", creating: true)
    let mesh = try scene.allocate(byteCount: 480)
    try scene.withMutableBytes(mesh) { $0.storeBytes(of: 1.5, as: Double.self) }
    try scene.publish(mesh)
    let length = try scene.withBytes(mesh) { $0.byteCount }  // 480, in any process
    try scene.free(mesh)
    #expect(length == 480)
  }

  @Test func `one value that is replaced as a whole`() throws {
    struct Pose: SharedValue {
      var x: Double, y: Double
      static var layoutName: String { "robot.pose.1" }
    }
    let pose = try database.state("pose", creating: Pose(x: 0, y: 0))
    try pose.update { $0.x += 1 }
    print(try pose.load().x)
    #expect(try pose.load().x == 1)
  }

  @Test func `an array that is replaced as a whole`() throws {
    let samples = try database.vector("samples", creating: [0.5, 1.5] as [Double])
    try samples.append(2.5)
    let sum = try samples.withElements { span in span.indices.reduce(0) { $0 + span[$1] } }
    #expect(sum == 4.5)
  }

  @Test func `many values in one`() throws {
    var builder = Pack.Builder()
    builder.append("drive")
    builder.append(elements: [0.5, 1, 0] as [Float])
    try database.put("command", builder.finish())
    #expect(try database.get("command") != nil)
  }

  @Test func `many values of one type in one`() throws {
    try database.putPack("heights", [1.5, 2.5] as [Double])
    let most = try database.withPack("heights", of: Double.self) { $0[1] }
    #expect(most == 2.5)
  }
}
