import Foundation
import LavaFlow
import LavaNodes
import LavaSchema

/// Reads graphs from files.
enum GraphFile {
  /// Reads and checks the graph in `path`.
  static func load(
    _ path: String, settings: [ParameterOverride], _ arguments: [String], progress: ReadProgress
  ) throws -> Graph {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw GraphFileError(
        text: "graph file '\(path)': there is none that can be read; check the path")
    }
    let document = try GraphDocument(json: [UInt8](data), file: path)
    return try Graph(
      document: document, registry: StandardNodes.registry(progress: progress),
      overrides: settings, arguments: arguments)
  }
}

/// A graph file that is not there.
struct GraphFileError: ReportedError {
  let text: String
  var status: ExitStatus { .usage }
}

extension GraphError: ReportedError {
  var text: String { description }
  var status: ExitStatus { .usage }
}

/// A node that could not be made from a graph that is right: something in its surroundings is not.
struct NodeFailure: ReportedError {
  let text: String
  var status: ExitStatus { .environment }

  /// Calls `body`, which makes nodes of a graph that was checked before.
  static func catching<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as GraphError {
      throw NodeFailure(text: error.description)
    }
  }
}
