/// Why the page cannot be served.
///
/// **Concurrency.** A value.
public enum FissureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another program listens on the port.
  case portInUse(port: UInt16)
  /// The system refuses the port to this user.
  case portRefused(port: UInt16, reason: String)
  /// The system refuses something else that listening needs.
  case system(call: String, reason: String)

  /// Where, what, and the remedy.
  public var description: String {
    switch self {
    case .portInUse(let port):
      "port \(port): another program listens there; choose another with --port, or leave it out "
        + "for any free one"
    case .portRefused(let port, let reason):
      "port \(port): \(reason); choose one above 1023 with --port, or leave it out for any free one"
    case .system(let call, let reason):
      "the page's server: \(call): \(reason); close what holds many files open, or try again"
    }
  }
}
