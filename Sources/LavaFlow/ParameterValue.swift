/// A Swift type that a parameter's values have.
///
/// **Concurrency.** Conforming types are values.
public protocol ParameterValue: Sendable {
  /// What the values are.
  static var parameterKind: ParameterKind { get }
  /// The value as content of ``parameterKind``.
  var parameterContent: ParameterContent { get }
  /// Reads content of ``parameterKind``; `nil` for any other.
  init?(parameterContent: ParameterContent)
}

extension Int: ParameterValue {
  /// `int`.
  public static var parameterKind: ParameterKind { .int }
  /// The number.
  public var parameterContent: ParameterContent { .int(self) }
  /// Reads a whole number.
  public init?(parameterContent: ParameterContent) {
    guard case .int(let value) = parameterContent else { return nil }
    self = value
  }
}

extension Double: ParameterValue {
  /// `double`.
  public static var parameterKind: ParameterKind { .double }
  /// The number.
  public var parameterContent: ParameterContent { .double(self) }
  /// Reads a number.
  public init?(parameterContent: ParameterContent) {
    guard case .double(let value) = parameterContent else { return nil }
    self = value
  }
}

extension Bool: ParameterValue {
  /// `bool`.
  public static var parameterKind: ParameterKind { .bool }
  /// True or false.
  public var parameterContent: ParameterContent { .bool(self) }
  /// Reads true or false.
  public init?(parameterContent: ParameterContent) {
    guard case .bool(let value) = parameterContent else { return nil }
    self = value
  }
}

extension String: ParameterValue {
  /// `string`.
  public static var parameterKind: ParameterKind { .string }
  /// The text.
  public var parameterContent: ParameterContent { .string(self) }
  /// Reads a text.
  public init?(parameterContent: ParameterContent) {
    guard case .string(let value) = parameterContent else { return nil }
    self = value
  }
}

extension ParameterPath: ParameterValue {
  /// `path`.
  public static var parameterKind: ParameterKind { .path }
  /// The path as text.
  public var parameterContent: ParameterContent { .string(string) }
  /// Reads a path.
  public init?(parameterContent: ParameterContent) {
    guard case .string(let value) = parameterContent else { return nil }
    self.init(value)
  }
}

/// What a list parameter may hold.
///
/// **Concurrency.** Conforming types are values.
public protocol ParameterElement: ParameterValue {
  /// What lists of it are.
  static var parameterListKind: ParameterKind { get }
}

extension String: ParameterElement {
  /// `strings`.
  public static var parameterListKind: ParameterKind { .strings }
}

extension ParameterPath: ParameterElement {
  /// `paths`.
  public static var parameterListKind: ParameterKind { .paths }
}

extension Array: ParameterValue where Element: ParameterElement {
  /// What lists of the element are.
  public static var parameterKind: ParameterKind { Element.parameterListKind }
  /// The elements as texts.
  public var parameterContent: ParameterContent {
    .strings(
      map { element in
        guard case .string(let text) = element.parameterContent else {
          preconditionFailure("an element is a text")
        }
        return text
      })
  }
  /// Reads the elements.
  public init?(parameterContent: ParameterContent) {
    guard case .strings(let texts) = parameterContent else { return nil }
    self = texts.compactMap { Element(parameterContent: .string($0)) }
  }
}
