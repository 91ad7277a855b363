import ArgumentParser
import Foundation

/// A file that a command reads: its path, or `-` for standard input.
struct InputFile: ExpressibleByArgument {
  let argument: String

  init(argument: String) { self.argument = argument }

  static var defaultCompletionKind: CompletionKind { .file() }

  var isStandardInput: Bool { argument == "-" }

  /// What errors call it.
  var place: String { isStandardInput ? "standard input" : "file '\(argument)'" }

  /// All that it has.
  func bytes() throws -> [UInt8] {
    if isStandardInput { return try StandardStreams.input() }
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: argument))
      let size = try? FileManager.default.attributesOfItem(atPath: argument)[.size] as? Int
      return try handle.rest(expectedCount: size ?? 0)
    } catch {
      throw SystemFailure(place: place, error, remedy: "choose one that can be read")
    }
  }
}

extension FileHandle {
  /// All that is left to read, which may be much: it is in memory once.
  func rest(expectedCount: Int = 0) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expectedCount)
    while let part = try read(upToCount: 1 << 20), !part.isEmpty { bytes += part }
    return bytes
  }
}
