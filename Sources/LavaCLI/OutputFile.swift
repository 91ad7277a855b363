import ArgumentParser
import Foundation
import SharedMemory

/// Where a result goes that may be no text: standard output, or a file.
struct OutputFile: ParsableArguments {
  @Option(
    help: """
      Write to this file, which has its name once it is complete, instead of to standard output.
      """,
    completion: .file())
  var output: String?

  private var path: String? { output == "-" ? nil : output }

  private var isTerminal: Bool { path == nil && Terminal.outputIsTerminal }

  /// Refuses to send what is no text to a terminal, before anything was done for it.
  ///
  /// - Parameter what: What it would be, such as `a tbl`.
  func refuseTerminal(_ what: String, remedy: String) throws {
    guard isTerminal else { return }
    throw TerminalRefusal(
      text: "standard output is a terminal, and \(what) is no text; name a file with --output, or "
        + remedy)
  }

  /// Writes text whose last line has its end; a terminal gets it as it may get text.
  func write(text: [UInt8]) throws {
    guard isTerminal else { return try write(text) }
    try Output.print(String(decoding: text.dropLast(), as: UTF8.self))
  }

  /// Writes all of it.
  func write(_ bytes: [UInt8]) throws {
    guard let path else { return try Output.write(bytes) }
    // What takes the place of a link would leave what it leads to as it was.
    let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    let target = isLink ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
    let facts = try? FileManager.default.attributesOfItem(atPath: target)
    let type = facts?[.type] as? FileAttributeType
    guard type == nil || type == .typeRegular || type == .typeDirectory else {
      // A device or a pipe stays what it is.
      return try write(bytes, into: target)
    }
    let mode = (facts?[.posixPermissions] as? Int).map { UInt32($0) } ?? Self.usualMode
    let file = try FileWriter(path: target, mode: mode)
    try file.write(bytes)
    try file.finish()
  }

  private func write(_ bytes: [UInt8], into path: String) throws {
    do {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.write(contentsOf: Data(bytes))
    } catch {
      throw SystemFailure(
        place: "file '\(path)'", error, remedy: "free room there, or choose another place")
    }
  }

  /// That of a new file, which the user's mask says; it can be asked for only by setting it.
  private static var usualMode: UInt32 {
    let mask = umask(0o077)
    umask(mask)
    return 0o666 & ~UInt32(mask)
  }
}

/// A result that a terminal cannot show.
private struct TerminalRefusal: ReportedError {
  let text: String
  var status: ExitStatus { .usage }
}
