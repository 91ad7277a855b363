import ArgumentParser
import SharedStructures

/// `lava queue peek DATABASE QUEUE`.
struct QueuePeekCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peek", abstract: "Show the oldest elements of a queue, which stay in it.",
    discussion: """
      One element is written as raw bytes, or, on a terminal and with --show, as something readable; \
      of several each has a line, behind its priority where there are any. Unless it is raw bytes, \
      standard error says how many more there are.

      Exits with status 1 when the queue is empty.
      """)

  @OptionGroup var target: QueueArguments
  @Option(name: [.customLong("count"), .customLong("limit")], help: "How many at most.")
  var count = 1
  @Flag(help: "Write something readable, whatever standard output is.") var show = false
  @Flag(help: "Print a JSON object a line: length, message, priority, type, value.")
  var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be 1 or more") }
  }

  func run() throws {
    let queue = try target.openReadOnly()
    let elements = try queue.peek(maxCount: count)
    guard !elements.isEmpty else { throw NotFoundError(text: "\(target.place): it is empty") }
    let output = QueueElementOutput(queue, count: count, show: show, json: json)
    for element in elements { try output.print(element) }
    if output.form != .raw { try LimitOption.tell(queue.facts().count - elements.count) }
  }
}
