import Foundation
import Tbl

/// The terminal of whoever called the program, and standard error, which tells them what is no
/// result.
enum Terminal {
  /// Whether standard output is a terminal.
  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether standard error is a terminal.
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1

  /// Whether colours are wanted on standard error.
  static var hasColours: Bool {
    errorIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
  }

  /// Writes an error to standard error.
  static func error(_ text: String) {
    write(hasColours ? "\u{1b}[31merror:\u{1b}[0m " : "error: ")
    note(text)
  }

  /// Writes a line to standard error.
  static func note(_ text: String) {
    write((errorIsTerminal ? harmless(text) : text) + "\n")
  }

  /// The text as a terminal may get it: what others stored may hold what moves its cursor, changes
  /// its title or types into it, and so stands there as `\u{1B}`; so does what turns the direction
  /// of the text behind it. Ends of lines and tabs stay.
  static func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isHarmful(scalar) {
        shown.append(contentsOf: scalar.escaped.unicodeScalars)
      } else {
        shown.append(scalar)
      }
    }
    return String(shown)
  }

  private static func isHarmful(_ scalar: UnicodeScalar) -> Bool {
    scalar.steersTerminals && scalar != "\n" && scalar != "\t"
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
