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
