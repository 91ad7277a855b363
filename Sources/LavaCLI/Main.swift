import ArgumentParser
import Foundation
import SharedMemory

/// Where the program begins.
@main
struct Main {
  static func main() async {
    StandardStreams.occupy()
    // A reader that closes its end early, such as `head`, is not a failure.
    signal(SIGPIPE, SIG_DFL)
    // Somebody who cuts a store's file short gets no process killed.
    SegmentLoss.survive()
    guard CommandLine.arguments.first?.isEmpty == false else {
      // On Linux they come from there, name of the program included.
      Terminal.error("/proc: it is not there, and tells a program its arguments; mount it")
      exit(ExitStatus.environment.rawValue)
    }
    var status = ExitStatus.success.rawValue
    // The result goes out before it is said what went wrong, and a lost one weighs more than most.
    for outcome in [await outcome(), Result { try Output.flush() }] {
      if case .failure(let error) = outcome { status = max(status, report(error)) }
    }
    exit(status)
  }

  /// Runs the command that the arguments name.
  private static func outcome() async -> Result<Void, any Error> {
    do {
      var command = try LavaCommand.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .success(())
    } catch  where LavaCommand.exitCode(for: error).isSuccess {
      // Help was asked for, the version, or a script that completes commands.
      return Result { try Output.print(LavaCommand.fullMessage(for: error)) }
    } catch {
      return .failure(error)
    }
  }

  /// What helps with a value that begins as an option does, such as a negative number.
  private static func hint(for message: String) -> String? {
    if message.contains(/Unknown option '-[^-]/) {
      return "Hint: what begins with '-' and is no option goes behind '--', as in: -- -5"
    }
    guard message.contains("Missing value for '-"),
      CommandLine.arguments.contains(where: { $0.starts(with: /-[^-]/) })
    else { return nil }
    return "Hint: a value that begins with '-' goes behind '=', as in: --option=-5"
  }

  /// Says what went wrong on standard error, and returns the exit status that goes with it.
  static func report(_ error: any Error) -> Int32 {
    switch error {
    case let error as any ReportedError:
      Terminal.error(error.text)
      return error.status.rawValue
    case let error as StoreError:
      Terminal.error(error.description)
      return ExitStatus(error).rawValue
    case let code as ExitCode:
      // The command has said it all.
      return code.rawValue
    case _ where LavaCommand.exitCode(for: error) == .validationFailure:
      let message = LavaCommand.fullMessage(for: error)
      Terminal.note(message)
      if let hint = hint(for: message) { Terminal.note(hint) }
      return ExitStatus.usage.rawValue
    default:
      // Whatever else the system refused; what is known of it, and at which command.
      let command = CommandLine.arguments.dropFirst().prefix(2).joined(separator: " ")
      Terminal.error("lava \(command): \(error.systemWords)")
      return ExitStatus.environment.rawValue
    }
  }
}
