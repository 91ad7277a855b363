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

/// Anything that declares a parameter: in practice a ``Parameter`` of some type.
///
/// **Concurrency.** Conforming types are values.
public protocol ParameterDeclaration: Sendable {
  /// The parameter without its Swift type.
  var descriptor: ParameterDescriptor { get }
}

/// A parameter of a node, declared once and used both to describe the node and to read its value:
///
///     static let window = Parameter("window", unit: "s", default: 300.0, in: 1...3600,
///       help: "How much is kept.")
///     static let descriptor = NodeDescriptor(id: "acme.rates", ..., parameters: [window])
///     init(parameters: Parameters) { seconds = parameters[Self.window] }
///
/// **Concurrency.** A value.
public struct Parameter<Value: ParameterValue>: ParameterDeclaration {
  /// The parameter without its Swift type.
  public let descriptor: ParameterDescriptor

  /// A parameter that has a default.
  public init(_ name: String, unit: String = "", default value: Value, help: String) {
    descriptor = ParameterDescriptor(
      name: name, kind: Value.parameterKind, unit: unit, help: help,
      defaultContent: value.parameterContent, minimum: nil, maximum: nil)
  }

  /// A parameter that must be given.
  public init(_ name: String, of type: Value.Type = Value.self, unit: String = "", help: String) {
    descriptor = ParameterDescriptor(
      name: name, kind: Value.parameterKind, unit: unit, help: help, defaultContent: nil,
      minimum: nil, maximum: nil)
  }
}

extension Parameter where Value == Int {
  /// A whole number between two ends, with a default between them.
  public init(
    _ name: String, unit: String = "", default value: Int, in range: ClosedRange<Int>, help: String
  ) {
    precondition(range.contains(value), "the default lies in the range")
    descriptor = ParameterDescriptor(
      name: name, kind: .int, unit: unit, help: help, defaultContent: .int(value),
      minimum: Double(range.lowerBound), maximum: Double(range.upperBound))
  }
}

extension Parameter where Value == Double {
  /// A number between two ends, with a default between them.
  public init(
    _ name: String, unit: String = "", default value: Double, in range: ClosedRange<Double>,
    help: String
  ) {
    precondition(range.contains(value), "the default lies in the range")
    descriptor = ParameterDescriptor(
      name: name, kind: .double, unit: unit, help: help, defaultContent: .double(value),
      minimum: range.lowerBound, maximum: range.upperBound)
  }
}

/// The values of a node's parameters, each of its declared type.
///
/// **Concurrency.** A value.
public struct Parameters: Hashable, Sendable {
  private let contents: [String: ParameterContent]

  init(_ contents: [String: ParameterContent]) { self.contents = contents }

  /// The value of `parameter`, which the node's descriptor must declare.
  ///
  /// - Complexity: O(1).
  public subscript<Value: ParameterValue>(_ parameter: Parameter<Value>) -> Value {
    let name = parameter.descriptor.name
    guard let content = contents[name], let value = Value(parameterContent: content) else {
      preconditionFailure("the descriptor does not declare parameter '\(name)' of this type")
    }
    return value
  }

  /// Names of all parameters in alphabetical order.
  public var names: [String] { contents.keys.sorted() }

  /// The value of the parameter `name` without its Swift type; `nil` when there is none.
  public func content(_ name: String) -> ParameterContent? { contents[name] }
}
