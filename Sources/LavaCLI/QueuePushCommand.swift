import ArgumentParser
import SharedStructures
import SimDB

/// `lava queue push DATABASE QUEUE [VALUE]`.
struct QueuePushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Push an element to a queue.",
    discussion: """
      Without VALUE, and where it is '-', the bytes of standard input are pushed. A VALUE that begins \
      with '-' stands behind '--', as in 'lava queue push store jobs -- -5'; the text '-' alone comes \
      from standard input, as in 'printf - | lava queue push store jobs --type utf8'. Where all elements \
      have one type, the bytes must be as many as it has; 'lava queue stat' says how they lie.

      Exits with status 1 when the queue is full, and nothing was pushed, and with 3 when the \
      database is.

      With --create a queue of that kind is made where there is none; one that exists keeps its own \
      capacity and policies. Queues of elements of one type are made by programs, which have the type.
      """)

  @OptionGroup var target: QueueArguments
  @Argument(help: "The element, as text.") var value: String?
  @Option(help: "Push what is in this file.") var file: InputFile?
  @Option(
    help: """
      What it is, for queues of messages and byte queues: bytes, utf8, json, tbl, a number such as u8, \
      i64 or f32, or the number of a type. (default: utf8 for VALUE, bytes for others)
      """)
  var type: TypeName?
  @Option(
    help:
      "Its priority in an ordered queue or a priority queue: the smaller, the sooner. (default: 0)")
  var priority: UInt64?
  @Option(help: "Wait for room, but not longer than this, such as 500ms, 5s, 2m.")
  var timeout: DurationArgument?
  @OptionGroup(title: "Where there is no such queue") var creation: QueueCreation
  @Flag(help: "Print JSON: queue, kind, length, result.") var json = false

  private struct Outcome: Encodable {
    let queue: String
    let kind: String
    let length: Int
    let result: String
  }

  func validate() throws {
    if value != nil, file != nil {
      throw ValidationError("VALUE and --file exclude each other; choose one")
    }
  }

  func run() throws {
    let isText = StandardStreams.isText(value)
    let bytes = try bytes()
    let type = type?.id ?? (isText ? .utf8 : .bytes)
    let database = try target.store.open()
    try creation.create(target.queueName(), in: database)
    let queue = try queue(in: database)
    try checkOptions(for: queue)
    if queue.layout == nil { try MistypedValue.check(bytes, type) }
    let result = try queue.push(
      bytes, type: type, priority: priority ?? 0,
      timeoutNanoseconds: timeout?.nanoseconds ?? 0)
    if json {
      try JSONOutput.print(
        Outcome(
          queue: target.queue, kind: "\(queue.kind)", length: bytes.count, result: "\(result)"))
    }
    if result != .pushed {
      throw NotPushed(place: target.place, result: result, hasWaited: timeout != nil)
    }
  }

  private func queue(in database: Database) throws -> AnyQueue {
    do {
      return try database.anyQueue(target.queueName())
    } catch let error as StoreError where error.code == .notFound {
      throw NotFoundError(
        text: "\(error.place): \(error.reason); make it with --create byteQueue or --create queue, "
          + "or check the name with 'lava queue ls \(target.store.name)'")
    }
  }

  private func bytes() throws -> [UInt8] {
    if let value, StandardStreams.isText(value) { return Array(value.utf8) }
    return try file?.bytes() ?? StandardStreams.input()
  }

  private func checkOptions(for queue: AnyQueue) throws {
    if type != nil, let layout = queue.layout {
      throw UnfitOption(
        text: "\(target.place): its elements are \(layout), and have no --type; leave it out")
    }
    if priority != nil, queue.kind != .orderedQueue, queue.kind != .priorityQueue {
      throw UnfitOption(
        text: "\(target.place): elements of a \(queue.kind) have no --priority; leave it out")
    }
  }
}

/// An option that the queue has no use for.
private struct UnfitOption: ReportedError {
  let text: String
  var status: ExitStatus { .usage }
}

/// A full queue did not take the element.
private struct NotPushed: ReportedError {
  let place: String
  let result: PushResult
  let hasWaited: Bool
  var status: ExitStatus { .failure }

  var text: String {
    let what =
      switch result {
      case .dropped: "it is full, and drops what comes"
      case .rejected: "it is full, and refuses what comes"
      default: "it is full"
      }
    return "\(place): \(what); nothing was pushed; take elements first"
      + (result == .timedOut
        ? ", or wait for that \(hasWaited ? "longer " : "")with --timeout" : "")
  }
}
