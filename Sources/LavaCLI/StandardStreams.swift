import Foundation

/// The three descriptors that every program begins with.
enum StandardStreams {
  /// What stands in for those that are closed. Otherwise the next that is opened, such as a
  /// database, would get their number, and the result of a command be written into it.
  ///
  /// Each is open for the other direction, so that using it is an error and no loss.
  private static let standIns = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].compactMap {
    descriptor -> FileHandle? in
    guard fcntl(descriptor, F_GETFD) == -1 else { return nil }
    return descriptor == STDIN_FILENO
      ? FileHandle(forWritingAtPath: "/dev/null") : FileHandle(forReadingAtPath: "/dev/null")
  }

  /// Makes sure that all three are open; to be called before anything else is.
  static func occupy() { _ = standIns }

  /// Whether a value on the command line is that text, and does not stand for standard input.
  static func isText(_ value: String?) -> Bool { value != nil && value != "-" }

  /// All that standard input has.
  static func input() throws -> [UInt8] {
    do {
      return try FileHandle.standardInput.rest()
    } catch {
      throw SystemFailure(
        place: "standard input", error, remedy: "give it a file or a pipe that can be read")
    }
  }
}
