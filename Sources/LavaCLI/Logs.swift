import Logging

/// Where the program logs: standard error.
enum Logs {
  /// Warnings only, or everything.
  static func bootstrap(verbose: Bool) {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = verbose ? .debug : .warning
      return handler
    }
  }
}
