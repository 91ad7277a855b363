import LavaFlow
import SharedMemory

/// Reads text files: a generator of texts, each whole words of one file.
///
/// No word is cut at the end of a packet, and none goes from one file into the next. What is not
/// UTF-8 is replaced by U+FFFD as `String(decoding:as:)` does.
///
/// **Concurrency.** One call at a time; a call waits for the file system, and for a pipe's writer.
public struct ReadText: GeneratorNode {
  static let files = Parameter("files", of: [ParameterPath].self, help: "The files, in order.")
  static let chunkBytes = Parameter(
    "chunk-bytes", unit: "B", default: 65_536, in: 64...(1 << 24),
    help: "Most bytes of a packet, unless a single word is longer.")

  /// `lava.read-text`.
  public static let descriptor = NodeDescriptor(
    id: "lava.read-text",
    summary: "Reads text files in pieces of whole words.",
    outputs: [.output("out", .utf8, help: "Text; together all of the files.")],
    parameters: [files, chunkBytes])

  private let paths: [String]
  private let chunkBytes: Int
  private let progress: ReadProgress
  private var next = 0
  private var reader: TextReader?

  /// Makes a reader of files that are all there and may be read.
  ///
  /// - Throws: ``EnvironmentError`` for the first that is not.
  public init(parameters: Parameters) throws {
    try self.init(parameters: parameters, progress: ReadProgress())
  }

  /// Makes a reader that tells `progress` how far it has come.
  ///
  /// - Throws: As ``init(parameters:)``.
  public init(parameters: Parameters, progress: ReadProgress) throws {
    try self.init(
      paths: parameters[Self.files].map(\.string), chunkBytes: parameters[Self.chunkBytes],
      progress: progress)
  }

  init(paths: [String], chunkBytes: Int, progress: ReadProgress) throws(EnvironmentError) {
    for path in paths { progress.addTotal(try SystemFileFacts(path: path).byteCount) }
    self.paths = paths
    self.chunkBytes = chunkBytes
    self.progress = progress
  }

  /// Emits the next piece.
  ///
  /// - Throws: ``EnvironmentError`` when a file cannot be read any longer.
  public mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
    guard let piece = try nextPiece() else { return .ended }
    try context.emit(text: piece)
    return .again
  }

  /// The next piece; `nil` behind the last one of the last file.
  mutating func nextPiece() throws(EnvironmentError) -> [UInt8]? {
    while true {
      if let piece = try reader?.nextPiece(progress) { return piece }
      guard next < paths.count else { return nil }
      reader = try TextReader(path: paths[next], chunkBytes: chunkBytes)
      next += 1
    }
  }
}
