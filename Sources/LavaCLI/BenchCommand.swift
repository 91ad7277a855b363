import ArgumentParser

/// `lava bench`: what Lava costs on the machine it is asked on.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure Lava on this machine.",
    discussion: """
      Leave the machine alone meanwhile, and compare figures of one machine and one session only. \
      What is measured lies in temporary databases, which go with it however it ends, kill -9 too; \
      one can stay only where all its processes are killed in the moment in which they begin.
      """,
    subcommands: [BenchStoreCommand.self, BenchWorkerCommand.self])
}
