/// A value of a parameter.
///
/// **Concurrency.** A value.
public enum ParameterContent: Hashable, Sendable {
  /// A whole number.
  case int(Int)
  /// A number.
  case double(Double)
  /// True or false.
  case bool(Bool)
  /// A text or a path.
  case string(String)
  /// Texts or paths.
  case strings([String])
}
