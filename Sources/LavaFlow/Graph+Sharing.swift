import LavaSchema

extension Graph {
  /// The document as other processes need it: what the command line set stands in it, every message
  /// node has its kind, and paths are absolute, since nobody else knows where the graph's file
  /// lies.
  ///
  /// - Parameter folder: The folder that relative paths count from here: this process's own.
  /// - Complexity: O(nodes).
  public func sharedDocument(from folder: String) -> GraphDocument {
    var document = document
    for node in nodes {
      if node.role == .message, document.nodes[node.id]?.kind == nil {
        document.nodes[node.id]?.kind = .exclusive
      }
      for parameter in node.descriptor.parameters where parameter.kind.isPath {
        // A default is the same everywhere.
        guard document.nodes[node.id]?.parameters[parameter.name] != nil,
          let content = node.parameters.content(parameter.name)
        else { continue }
        document.nodes[node.id]?.parameters[parameter.name] = content.absolute(from: folder).json
      }
    }
    return document
  }
}

extension ParameterKind {
  /// Whether its values are paths.
  fileprivate var isPath: Bool { self == .path || self == .paths }
}

extension ParameterContent {
  /// The paths it holds, counted from the root.
  fileprivate func absolute(from folder: String) -> ParameterContent {
    func absolute(_ path: String) -> String {
      path.hasPrefix("/") || path.isEmpty ? path : "\(folder)/\(path)"
    }
    return switch self {
    case .string(let path): .string(absolute(path))
    case .strings(let paths): .strings(paths.map(absolute))
    case .int, .double, .bool: self
    }
  }
}
