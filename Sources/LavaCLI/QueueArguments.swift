import ArgumentParser
import SharedStructures
import SimDB

/// Which queue of which database a command is about.
struct QueueArguments: ParsableArguments {
  @OptionGroup var store: DatabaseArguments
  @Argument(help: "Name of the queue, as 'lava queue ls' prints it.") var queue: String

  /// The queue's name as programs know it.
  func queueName() throws -> String {
    if let name = String(validating: EscapedKey.bytes(queue), as: UTF8.self) { return name }
    throw NotFoundError(
      text: "\(place): there is none, since names of queues are UTF-8 text; "
        + "'lava queue ls \(store.name)' lists them")
  }

  /// Attaches for pushing and taking.
  func open() throws -> AnyQueue { try store.open().anyQueue(queueName()) }

  /// Attaches so that nobody notices.
  func openReadOnly() throws -> AnyQueue { try store.openReadOnly().anyQueue(queueName()) }

  /// Where the queue is, in the words of errors.
  var place: String { "database '\(store.name)', queue '\(queue)'" }
}

extension Overflow {
  /// The name that options have, and output.
  var name: String {
    switch self {
    case .wait: "wait"
    case .reject: "reject"
    case .dropOldest: "dropOldest"
    case .dropNewest: "dropNewest"
    }
  }
}
