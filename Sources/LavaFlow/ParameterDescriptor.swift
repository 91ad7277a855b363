/// A parameter as graph files, command lines and people see it.
///
/// **Concurrency.** A value.
public struct ParameterDescriptor: Hashable, Sendable {
  /// Name, as graph files write it.
  public let name: String
  /// What its values are.
  public let kind: ParameterKind
  /// Unit of its values, such as `s`; empty where there is none.
  public let unit: String
  /// One sentence for people.
  public let help: String
  /// The value where nobody gives one; `nil` when one must be given.
  public let defaultContent: ParameterContent?
  /// Smallest number allowed.
  public let minimum: Double?
  /// Largest number allowed.
  public let maximum: Double?
}
