import ArgumentParser
import SharedStructures

/// `lava queue drain DATABASE QUEUE`.
struct QueueDrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Take all elements of a queue, and say how many there were.",
    discussion: """
      Ends when it finds the queue empty, and so goes on while others push faster than it takes. With \
      --show the elements are the result, one a line, each printed as soon as it was taken, and their \
      number goes to standard error.
      """)

  @OptionGroup var target: QueueArguments
  @Flag(help: "Print the elements.") var show = false
  @Flag(help: "Print JSON: taken; with --show an object a line for each element.")
  var json = false

  private struct Outcome: Encodable {
    let taken: Int
  }

  func run() throws {
    let queue = try target.open()
    let output = QueueElementOutput(queue, count: .max, show: true, json: json)
    var taken = 0
    while let element = try queue.pop() {
      taken += 1
      guard show else { continue }
      try output.print(element)
      // Who ends this has seen all that was taken, but for one.
      try Output.flush()
    }
    let text = "\(taken) elements taken"
    if show { return Terminal.note(text) }
    if json { return try JSONOutput.print(Outcome(taken: taken)) }
    try Output.print(text)
  }
}
