import LavaFlow

/// What the machine lacks for a node to work: a code to decide by, the place, and the remedy.
///
/// A struct, so that codes can be added without breaking a `switch`.
///
/// **Concurrency.** An immutable value.
public struct EnvironmentError: RemediedError, Hashable, Sendable, CustomStringConvertible {
  /// What kind of lack it is.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// Stable name of the code.
    public let rawValue: String

    /// Makes a code from its stable name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// This system does not offer what the node reads, such as `/proc`.
    public static let unsupported = Code(rawValue: "unsupported")
    /// There is no such file.
    public static let notFound = Code(rawValue: "notFound")
    /// The file may not be read.
    public static let permission = Code(rawValue: "permission")
    /// The file is not of the kind that the node reads.
    public static let wrongKind = Code(rawValue: "wrongKind")
    /// The system refused a call for a reason of its own, which the text names.
    public static let system = Code(rawValue: "system")
  }

  /// What kind of lack it is.
  public let code: Code
  /// Where: in most cases a file.
  public let place: String
  /// What was found there.
  public let reason: String
  /// What the user can do about it.
  public let remedy: String

  /// Makes an error that says where, what, and the remedy.
  public init(_ code: Code, place: String, reason: String, remedy: String) {
    self.code = code
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  /// `place: reason`.
  public var complaint: String { "\(place): \(reason)" }

  /// `place: reason; remedy`.
  public var description: String { "\(place): \(reason); \(remedy)" }
}
