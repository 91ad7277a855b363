/// A path in the file system. One that stands in a graph file counts from the file's folder, one
/// from the command line from the current one.
///
/// **Concurrency.** A value.
public struct ParameterPath: Hashable, Sendable, CustomStringConvertible {
  /// The path as text.
  public let string: String

  /// Makes a path.
  public init(_ string: String) { self.string = string }

  /// The path as text.
  public var description: String { string }
}
