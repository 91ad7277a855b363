import LavaFlow
import SharedMemory

/// Writes text to standard output: a message node, so that packets come out in the order in which
/// they came in.
///
/// When whoever reads the output has closed it, as `head` does, the rest is dropped silently.
///
/// **Concurrency.** One call at a time; a call waits for whoever reads standard output.
public struct Print: MessageNode {
  /// `lava.print`.
  public static let descriptor = NodeDescriptor(
    id: "lava.print",
    summary: "Writes text to standard output as it comes.",
    inputs: [.input("in", .utf8, help: "Text; nothing is added between packets.")])

  /// What is gathered before it is written.
  private static let bufferBytes = 64 << 10

  private var buffer: [UInt8] = []
  private var isClosed = false

  /// Makes a node, and lets this process outlive readers of its output from here on.
  public init(parameters: Parameters) { SystemFile.ignoreClosedPipes() }

  /// Writes what has come.
  ///
  /// - Throws: ``EnvironmentError`` when it cannot be written.
  public mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take { packet in
      guard !isClosed else { return }
      buffer += packet.bytes()
      if buffer.count >= Self.bufferBytes { try flush() }
    }
    try flush()
  }

  private mutating func flush() throws(EnvironmentError) {
    defer { buffer.removeAll(keepingCapacity: true) }
    guard !isClosed, !buffer.isEmpty else { return }
    do {
      try SystemFile.writeToStandardOutput(buffer.rawSpan)
    } catch {
      isClosed = true
      guard !error.isClosedPipe else { return }
      throw EnvironmentError(
        .system, place: "standard output", reason: "writing failed (\(error.reason))",
        remedy: "make room, or send the output elsewhere")
    }
  }
}
