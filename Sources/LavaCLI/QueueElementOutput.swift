import SharedStructures
import SimDB

/// Prints elements of a queue.
struct QueueElementOutput {
  /// How elements are printed.
  enum Form {
    /// The bytes as they are.
    case raw
    /// On as many lines as are needed.
    case readable
    /// One a line.
    case line
    /// A JSON object a line.
    case json
  }

  let queue: AnyQueue
  let form: Form

  /// Raw bytes where one element goes to something that is no terminal, and nothing else was said.
  init(_ queue: AnyQueue, count: Int, show: Bool, json: Bool) {
    self.queue = queue
    if json {
      form = .json
    } else if count > 1 {
      form = .line
    } else {
      form = show || Terminal.outputIsTerminal ? .readable : .raw
    }
  }

  /// Prints an element.
  func print(_ element: AnyQueue.Element) throws {
    switch form {
    case .raw: try Output.write(element.bytes)
    case .readable: try Output.print(prefix(of: element) + text(element))
    case .line: try Output.print(prefix(of: element) + line(element))
    case .json: try Output.print(json(element))
    }
  }

  /// The priority, where it has one, and that it ends a stream, where it does.
  private func prefix(of element: AnyQueue.Element) -> String {
    if element.message?.kind == .endOfStream { return "end of stream\t" }
    return element.priority.map { "\($0)\t" } ?? ""
  }

  private func text(_ element: AnyQueue.Element) -> String {
    queue.layout == nil
      ? ReadableValue.text(element.bytes, element.type)
      : queue.describe(element).lines.joined(separator: "\n")
  }

  private func line(_ element: AnyQueue.Element) -> String {
    guard queue.layout != nil else { return ReadableValue.line(element.bytes, element.type) }
    let value = queue.describe(element)
    let lines = value.lines
    return lines.count == 1 ? lines[0] : value.json
  }

  private struct Envelope: Encodable {
    let kind: UInt8
    let priority: UInt8
    let cycle: String
    let correlation: String
    let sender: String
    let replyTo: String
    let deadline: String

    init(_ message: Message) {
      kind = message.kind.rawValue
      priority = message.priority
      cycle = "\(message.cycle)"
      correlation = "\(message.correlation)"
      sender = "\(message.sender)"
      replyTo = "\(message.replyTo)"
      deadline = "\(message.deadline)"
    }
  }

  private struct Head: Encodable {
    let length: Int
    let message: Envelope?
    let priority: String?
    let type: String?
  }

  private func json(_ element: AnyQueue.Element) throws -> String {
    let head = Head(
      length: element.bytes.count, message: element.message.map(Envelope.init),
      priority: element.priority.map { "\($0)" },
      type: queue.layout == nil ? "\(element.type)" : nil)
    let value =
      queue.layout == nil
      ? try JSONOutput.text(of: element.bytes, element.type) : queue.describe(element).json
    return try JSONOutput.line(head, value: value)
  }
}
