import Foundation

/// The terminal of whoever called the program, and standard error, which tells them what is no
/// result.
enum Terminal {
  /// Whether standard output is a terminal.
  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard error is a terminal.
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether colours are wanted on standard error.
  static var hasColours: Bool {
    errorIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
  }

  /// Writes an error to standard error.
  static func error(_ text: String) {
    note(hasColours ? "\u{1b}[31merror:\u{1b}[0m \(text)" : "error: \(text)")
  }

  /// Writes a line to standard error.
  static func note(_ text: String) {
    write(text + "\n")
  }

  /// Replaces the line of the cursor on standard error; for a terminal.
  static func replaceLine(_ text: String) {
    write("\r\u{1b}[K\(text)")
  }

  private static func write(_ text: String) {
    // Where this fails there is nobody to tell.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
