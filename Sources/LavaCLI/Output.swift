import Foundation
import SharedMemory

/// Standard output: the result of a command, and nothing else.
///
/// What is written is gathered, and goes out when it is much, when ``flush()`` is called, and at
/// the end of the command. Each of these may fail, for a result that does not arrive is none.
///
/// **Concurrency.** Any thread; what is written at once stays together.
enum Output {
  private static let gathered = LocalMutex<[UInt8]>([])
  private static let gatheredLength = 1 << 16
  private static let partLength = 1 << 20

  /// Writes a line of text, or several; a terminal gets it as ``Terminal/harmless(_:)``.
  static func print(_ text: String) throws {
    let text = Terminal.outputIsTerminal ? Terminal.harmless(text) : text
    try write(Array((text + "\n").utf8))
  }

  /// Writes bytes as they are.
  static func write(_ bytes: [UInt8]) throws {
    try gathered.withLock { gathered in
      if gathered.count + bytes.count > gatheredLength { try handOn(&gathered) }
      if bytes.count > gatheredLength { try handOn(bytes) } else { gathered += bytes }
    }
  }

  /// Hands on what was gathered, to whoever reads it now.
  static func flush() throws {
    try gathered.withLock { try handOn(&$0) }
  }

  private static func handOn(_ gathered: inout [UInt8]) throws {
    // What could not be written is reported once.
    defer { gathered.removeAll(keepingCapacity: true) }
    if !gathered.isEmpty { try handOn(gathered) }
  }

  private static func handOn(_ bytes: [UInt8]) throws {
    do {
      // In parts, so that what is large is not in memory twice.
      for start in stride(from: 0, to: bytes.count, by: partLength) {
        let part = Data(bytes[start..<min(start + partLength, bytes.count)])
        try FileHandle.standardOutput.write(contentsOf: part)
      }
    } catch {
      throw SystemFailure(
        place: "standard output", error, remedy: "free room there, or choose another place")
    }
  }
}
