import LavaSchema

/// Brings together what the graph file, the arguments and the overrides say of parameters.
struct ParameterSettings {
  /// The document with what the command line set.
  private(set) var document: GraphDocument
  private(set) var diagnostics: [GraphDiagnostic] = []
  private let entries: [String: NodeRegistry.Entry]
  /// Values from the command line, by node and parameter.
  private var given: [GraphDocument.ParameterReference: ParameterContent] = [:]

  init(document: GraphDocument, entries: [String: NodeRegistry.Entry]) {
    self.document = document
    self.entries = entries
  }

  // MARK: The command line

  /// Binds what followed the graph on the command line: one argument to each parameter, all that
  /// are left over to a list.
  mutating func apply(arguments: [String]) {
    var left = arguments[...]
    let places = document.arguments
    for (index, reference) in places.enumerated() {
      let path = JSONPath.root.member("arguments").element(index)
      guard let parameter = parameter(reference, at: path, file: document.origin.file) else {
        continue
      }
      guard !left.isEmpty else { continue }
      guard parameter.kind.isList else {
        set(reference, parameter, left.removeFirst(), "argument '\(arguments[index])'")
        continue
      }
      let later = places.count - index - 1
      let texts = Array(left.dropLast(later))
      left = left.dropFirst(texts.count)
      if !texts.isEmpty { record(reference, .strings(texts)) }
    }
    if let first = left.first {
      let expected = places.map(\.description).joined(separator: " ")
      diagnostics.append(
        GraphDiagnostic(
          file: "argument '\(first)'", position: nil, path: "$.arguments",
          message: "the graph takes \(places.count) arguments, found \(arguments.count)",
          remedy: places.isEmpty
            ? "leave it out, or set a parameter with --set" : "give \(expected)"))
    }
  }

  /// Sets parameters one by one.
  mutating func apply(_ overrides: [ParameterOverride]) {
    for override in overrides {
      let file = "--set \(override)"
      let path = Self.path(override.reference)
      guard let parameter = parameter(override.reference, at: path, file: file) else { continue }
      set(override.reference, parameter, override.text, file)
    }
  }

  private mutating func set(
    _ reference: GraphDocument.ParameterReference, _ parameter: ParameterDescriptor,
    _ text: String, _ file: String
  ) {
    do {
      record(reference, try parameter.content(text: text))
    } catch {
      diagnostics.append(
        GraphDiagnostic(
          file: file, position: nil, path: Self.path(reference).description,
          message: error.message, remedy: error.remedy))
    }
  }

  private mutating func record(
    _ reference: GraphDocument.ParameterReference, _ content: ParameterContent
  ) {
    given[reference] = content
    document.nodes[reference.node]?.parameters[reference.parameter] = content.json
  }

  /// The parameter that `reference` names, or `nil` after a complaint.
  private mutating func parameter(
    _ reference: GraphDocument.ParameterReference, at path: JSONPath, file: String
  ) -> ParameterDescriptor? {
    func complain(_ message: String, _ remedy: String) {
      diagnostics.append(
        GraphDiagnostic(
          file: file,
          position: file == document.origin.file ? document.origin.positions[path] : nil,
          path: path.description, message: message, remedy: remedy))
    }
    guard document.nodes[reference.node] != nil else {
      complain(
        "no node '\(reference.node)'",
        Suggestion.remedy(
          reference.node, among: document.nodes.keys,
          otherwise: "nodes are \(document.nodes.keys.sorted().joined(separator: ", "))"))
      return nil
    }
    // A node of an unknown type was complained of already.
    guard let declared = entries[reference.node]?.descriptor.parameters else { return nil }
    if let found = declared.first(where: { $0.name == reference.parameter }) { return found }
    complain(
      "node '\(reference.node)' has no parameter '\(reference.parameter)'",
      Self.remedy(reference.parameter, declared))
    return nil
  }

  // MARK: The graph file

  /// The values of all parameters of all nodes.
  mutating func contents() -> [String: [String: ParameterContent]] {
    var result: [String: [String: ParameterContent]] = [:]
    let file = document.origin.file
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let declared = entry.descriptor.parameters
      let written = document.nodes[id]?.parameters ?? [:]
      for name in written.keys.sorted() where !declared.contains(where: { $0.name == name }) {
        fail(
          GraphDocument.ParameterReference(node: id, parameter: name),
          "\(entry.descriptor.id) has no parameter '\(name)'", Self.remedy(name, declared))
      }
      for parameter in declared {
        let reference = GraphDocument.ParameterReference(node: id, parameter: parameter.name)
        if let content = given[reference] {
          result[id, default: [:]][parameter.name] = content
        } else if let value = written[parameter.name] {
          do {
            result[id, default: [:]][parameter.name] =
              try parameter.content(value, folder: folder)
          } catch {
            fail(reference, error.message, error.remedy)
          }
        } else if let content = parameter.defaultContent {
          result[id, default: [:]][parameter.name] = content
        } else {
          missing(reference, parameter)
        }
      }
    }
    return result
  }

  private mutating func missing(
    _ reference: GraphDocument.ParameterReference, _ parameter: ParameterDescriptor
  ) {
    let isArgument = document.arguments.contains(reference)
    diagnostics.append(
      document.origin.diagnostic(
        JSONPath.root.member("nodes").member(reference.node),
        "parameter '\(parameter.name)' is missing: \(parameter.help)",
        remedy: isArgument
          ? "give it after the graph on the command line"
          : "add it to the node's \"parameters\", or give --set \(reference)=VALUE"))
  }

  private mutating func fail(
    _ reference: GraphDocument.ParameterReference, _ message: String, _ remedy: String
  ) {
    diagnostics.append(
      document.origin.diagnostic(Self.path(reference), message, remedy: remedy))
  }

  private static func path(_ reference: GraphDocument.ParameterReference) -> JSONPath {
    JSONPath.root.member("nodes").member(reference.node).member("parameters")
      .member(reference.parameter)
  }

  private static func remedy(_ name: String, _ declared: [ParameterDescriptor]) -> String {
    let names = declared.map(\.name)
    return Suggestion.remedy(
      name, among: names,
      otherwise: names.isEmpty
        ? "remove it; the node has none" : "its parameters are \(names.joined(separator: ", "))")
  }
}

extension ParameterContent {
  /// The value as a graph file holds it.
  var json: JSONValue {
    switch self {
    case .int(let value): .int(Int64(value))
    case .double(let value): .double(value)
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    case .strings(let values): .array(values.map { .string($0) })
    }
  }
}
