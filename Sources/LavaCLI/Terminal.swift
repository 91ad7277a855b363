import Foundation

/// Standard output and error as people and programs read them.
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
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Replaces the line of the cursor on standard error; for a terminal.
  static func replaceLine(_ text: String) {
    FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
  }

  /// Writes bytes to standard output.
  static func write(_ bytes: [UInt8]) {
    FileHandle.standardOutput.write(Data(bytes))
  }
}
