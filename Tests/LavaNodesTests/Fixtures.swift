import Foundation
import LavaFlow
import LavaNodes
import LavaSchema
import Synchronization
import Tbl
import TestSupport
import Testing

/// What nodes emitted, in the order in which it came.
final class Collected: Sendable {
  private let packets = Mutex<[[UInt8]]>([])

  /// Adds a packet.
  func append(_ bytes: [UInt8]) { packets.withLock { $0.append(bytes) } }

  /// All packets.
  var all: [[UInt8]] { packets.withLock { $0 } }

  /// All packets as one text.
  var text: String { String(decoding: all.joined(), as: UTF8.self) }

  /// All packets as tbls.
  var tbls: [Tbl] { get throws { try all.map { try Tbl(validating: $0) } } }
}

/// Keeps every packet.
struct Collector: MessageNode {
  static let descriptor = NodeDescriptor(
    id: "test.collector", summary: "Keeps every packet.", inputs: [.input("in", .bytes)])

  private let collected: Collected

  init(parameters: Parameters) { self.init(Collected()) }

  init(_ collected: Collected) { self.collected = collected }

  mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take { collected.append($0.bytes()) }
  }
}

/// Runs a graph of the standard nodes whose `test.collector` keeps what comes in.
///
/// - Parameter isEnough: When the graph is stopped; it ends by itself unless given.
func run(
  _ json: String, arguments: [String] = [], progress: ReadProgress = ReadProgress(),
  until isEnough: ((Collected) -> Bool)? = nil
) throws -> (collected: Collected, result: FlowResult) {
  let collected = Collected()
  var registry = StandardNodes.registry(progress: progress)
  try registry.register(Collector.self) { _ in Collector(collected) }
  let graph = try Graph(
    document: GraphDocument(json: Array(json.utf8), file: "test"), registry: registry,
    arguments: arguments)
  let runtime = try GraphRuntime(graph)
  try runtime.start()
  if let isEnough {
    #expect(eventually { isEnough(collected) })
    runtime.stop()
  }
  return (collected, runtime.wait())
}

/// Files in a folder of their own, removed with the value.
final class Folder {
  /// Path of the folder.
  let path: String

  /// Makes an empty folder.
  init() throws {
    path = NSTemporaryDirectory() + "lava-nodes-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making folders on the way.
  ///
  /// - Returns: Its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes a text file.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }
}

/// The folder with the package's own files.
let packageFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
