import ArgumentParser
import SharedMemory

/// The root of the command line.
struct LavaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lava",
    abstract: "Shared memory, live graphs, and a page to watch them.",
    discussion: """
      Programs on one machine share data at memory speed and run as a live graph.

      Exit status: 0 success; 1 not found, a check or a packet failed, a queue is full or empty, \
      documents differ; 2 wrong usage, a structure that is not to be replaced, a bad graph file, or \
      text that is not JSON or CSV; 3 the environment (a damaged store or document, no room, a port in \
      use, a file that cannot be read, a result that cannot be written); 130 Ctrl-C, where it left \
      something undone.

      'lava --generate-completion-script bash' (or zsh, fish) prints what completes commands and \
      options in that shell.

      Stores lie in \(SegmentLocation.usualDirectory), or in the directory that LAVA_DIR names. They \
      are memory: a restart of the machine removes them, and so do systems that clear shared memory \
      when a user logs out.
      """,
    version: "0.1.0",
    subcommands: [
      RunCommand.self, UICommand.self, DatabaseCommand.self, QueueCommand.self, TblCommand.self,
      BenchCommand.self, HostCommand.self,
    ])
}
