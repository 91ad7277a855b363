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
