import ArgumentParser

/// `lava queue`: look into queues from a terminal, and push and pop.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "List the queues of a database, look into them, push and pop.",
    discussion: """
      Queues of messages, queues of elements of one type, channels, byte queues, ordered queues and \
      priority queues alike. What only looks attaches read-only, takes nothing, and never disturbs \
      the programs that use a queue.

      Elements are shown by how they lie, where the queue says that; text as text, a tbl as a tree, \
      other bytes in hexadecimal.
      """,
    subcommands: [
      QueueListCommand.self, QueueStatCommand.self, QueuePeekCommand.self, QueuePushCommand.self,
      QueuePopCommand.self, QueueDrainCommand.self,
    ])
}
