import ArgumentParser
import SharedStructures
import SimDB

/// `lava queue pop DATABASE QUEUE`.
struct QueuePopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pop", abstract: "Take the oldest elements of a queue, and print them.",
    discussion: """
      One element is written as raw bytes, or, on a terminal and with --show, as something readable; \
      of several each has a line, behind its priority where there are any. Each is printed as soon as \
      it was taken, and is gone then, also where it cannot be printed.

      Exits with status 1 when there was none, or none came in time.
      """)

  @OptionGroup var target: QueueArguments
  @Option(help: "How many at most.") var count = 1
  @Option(help: "Wait until so many have come, but not longer than this, such as 500ms, 5s, 2m.")
  var timeout: DurationArgument?
  @Flag(help: "Write something readable, whatever standard output is.") var show = false
  @Flag(help: "Print a JSON object a line: length, message, priority, type, value.")
  var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be 1 or more") }
  }

  func run() throws {
    let queue = try target.open()
    let output = QueueElementOutput(queue, count: count, show: show, json: json)
    let end = SystemClock.monotonicNanoseconds + (timeout?.nanoseconds ?? 0)
    var taken = 0
    while taken < count {
      let now = SystemClock.monotonicNanoseconds
      guard let element = try queue.pop(timeoutNanoseconds: now < end ? end - now : 0) else {
        break
      }
      taken += 1
      try output.print(element)
      try Output.flush()
    }
    guard taken > 0 else {
      let reason = timeout == nil ? "it is empty; --timeout waits" : "nothing came in time"
      throw NotFoundError(text: "\(target.place): \(reason)")
    }
  }
}
