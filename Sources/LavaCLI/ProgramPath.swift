import Foundation

/// Where this program is.
enum ProgramPath {
  /// The path of the running executable.
  static var current: String {
    Bundle.main.executablePath ?? CommandLine.arguments[0]
  }
}
