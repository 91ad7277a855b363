import ArgumentParser
import Foundation
import SharedMemory

/// Where the program begins.
@main
struct Main {
  static func main() async {
    // A reader that closes its end early, such as `head`, is not a failure.
    signal(SIGPIPE, SIG_DFL)
    // Somebody who cuts a store's file short gets no process killed.
    SegmentLoss.survive()
    guard CommandLine.arguments.first?.isEmpty == false else {
      // On Linux they come from there, name of the program included.
      Terminal.error("/proc: it is not there, and tells a program its arguments; mount it")
      exit(ExitStatus.environment.rawValue)
    }
    do {
      var command = try LavaCommand.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      exit(report(error))
    }
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
    default: break
    }
    let status = LavaCommand.exitCode(for: error)
    if status.isSuccess {
      print(LavaCommand.fullMessage(for: error))
      return 0
    }
    if let code = error as? ExitCode { return code.rawValue }
    FileHandle.standardError.write(Data((LavaCommand.fullMessage(for: error) + "\n").utf8))
    return ExitStatus.usage.rawValue
  }
}
