/// What a parameter's values are.
///
/// **Concurrency.** A value.
public enum ParameterKind: String, Hashable, Sendable {
  /// A whole number.
  case int
  /// A number.
  case double
  /// True or false.
  case bool
  /// A text.
  case string
  /// Texts.
  case strings
  /// A path in the file system.
  case path
  /// Paths in the file system.
  case paths

  /// Whether the parameter holds any number of elements.
  public var isList: Bool { self == .strings || self == .paths }
}
