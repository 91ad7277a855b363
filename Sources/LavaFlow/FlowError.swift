/// Why a packet could not be read or emitted.
///
/// **Concurrency.** A value.
public struct FlowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public enum Code: String, Hashable, Sendable {
    /// The value is not of the port's type.
    case wrongType
    /// The descriptor has no such output.
    case noSuchOutput
    /// The edge is full and its policy is `reject`.
    case full
    /// The payload is not what its type says.
    case malformed
    /// The system has no room for another thread.
    case noThread
  }

  /// What kind of failure it is.
  public let code: Code
  /// What happened, and the remedy.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  static func noThread(_ name: String) -> FlowError {
    FlowError(.noThread, "the system has no room for thread \(name); use fewer workers")
  }
}
