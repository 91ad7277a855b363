/// Reads one file in pieces of whole words.
///
/// **Concurrency.** One thread at a time.
final class TextReader {
  /// Most bytes of a word, so that a file that is no text does not fill the memory.
  static let maximumWordBytes = 64 << 20

  private let file: SystemFile
  private let path: String
  private let chunkBytes: Int
  private var buffer: [UInt8]
  /// Bytes in the buffer that were read and not handed out.
  private var count = 0
  private var hasEnded = false

  /// Opens a file.
  init(path: String, chunkBytes: Int) throws(EnvironmentError) {
    do {
      file = try SystemFile(path: path)
    } catch {
      throw error.error(reading: path)
    }
    self.path = path
    self.chunkBytes = chunkBytes
    buffer = Array(repeating: 0, count: chunkBytes)
  }

  /// The next piece, valid UTF-8 of about `chunkBytes`; `nil` at the end.
  ///
  /// - Throws: ``EnvironmentError`` when the file cannot be read, or goes on for
  ///   ``maximumWordBytes`` without a gap.
  func nextPiece(_ progress: ReadProgress) throws(EnvironmentError) -> [UInt8]? {
    while !hasEnded {
      if count == buffer.count { try grow() }
      let added: Int
      do {
        added = try file.read(into: &buffer, from: count)
      } catch {
        throw error.error(reading: path)
      }
      progress.addDone(added)
      count += added
      hasEnded = added == 0
      // Pipes give little at a time; pieces are worth their packets when they are not small.
      guard count == buffer.count else { continue }
      if let end = TextBoundary.last(in: buffer.span) { return takePiece(end) }
    }
    return count > 0 ? takePiece(count) : nil
  }

  private func grow() throws(EnvironmentError) {
    guard buffer.count < Self.maximumWordBytes else {
      throw EnvironmentError(
        .wrongKind, place: path,
        reason: "it holds more than \(Self.maximumWordBytes >> 20) MiB without a gap between words",
        remedy: "leave the file out, it is hardly text")
    }
    buffer += Array(repeating: 0, count: buffer.count)
  }

  private func takePiece(_ end: Int) -> [UInt8] {
    let piece = Array(buffer[..<end])
    for index in end..<count { buffer[index - end] = buffer[index] }
    count -= end
    if buffer.count > chunkBytes { buffer.removeSubrange(max(count, chunkBytes)...) }
    return Self.repaired(piece)
  }

  /// `bytes` with what is not UTF-8 replaced.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    if (try? UTF8Span(validating: bytes.span)) != nil { return bytes }
    return Array(String(decoding: bytes, as: UTF8.self).utf8)
  }
}
