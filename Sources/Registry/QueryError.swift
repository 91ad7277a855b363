/// Why a query cannot be read.
public struct QueryError: Error, Hashable, CustomStringConvertible {
  /// Which part of it.
  public enum Part: String, Sendable, Hashable {
    /// The tags.
    case tags
    /// What an attribute must be.
    case attribute
    /// The pattern of a name.
    case name
  }

  /// Which part of it.
  public let part: Part
  /// What was written.
  public let text: String
  /// What is wrong.
  public let reason: String

  init(_ part: Part, _ text: String, _ reason: String) {
    self.part = part
    self.text = String(text.prefix(100))
    self.reason = reason
  }

  /// What to do about it.
  public var remedy: String {
    switch part {
    case .tags: "write it like: camera and not (simulated or broken)"
    case .attribute: "write it like: site=lab, cores>=4 or gpu"
    case .name: "write it like: camera-*"
    }
  }

  /// Part, text, reason and remedy in one line.
  public var description: String { "query, \(part.rawValue) '\(text)': \(reason); \(remedy)" }
}
