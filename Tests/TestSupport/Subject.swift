import Foundation
import Synchronization

/// A running program that is told what to do and may be killed at any moment.
public final class Subject: Sendable {
  private let process: Process
  private let output: LineReader
  private let errors: LineReader
  private let input = Pipe()

  /// Process number.
  public let pid: Int32

  /// Starts a program built beside the tests, or one of the system.
  ///
  /// - Parameters:
  ///   - arguments: What it is told.
  ///   - program: Its name; or the path of one that the system has.
  ///   - environment: Variables it gets beside those of the tests.
  public convenience init(
    _ arguments: [String], program: String = "TestSubject", environment: [String: String] = [:]
  ) throws {
    try self.init(
      arguments, executable: URL(fileURLWithPath: program, relativeTo: Self.productsDirectory),
      environment: environment)
  }

  /// Starts a program of the system.
  public init(
    _ arguments: [String], executable: URL, environment: [String: String] = [:]
  ) throws {
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = input
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try process.run()
    self.process = process
    pid = process.processIdentifier
    self.output = LineReader(output.fileHandleForReading)
    self.errors = LineReader(errors.fileHandleForReading)
  }

  /// The next line of its standard output; `nil` at its end.
  public func readLine() -> String? { output.next() }

  /// The next line of its standard error; `nil` at its end.
  public func readErrorLine() -> String? { errors.next() }

  /// The rest of its standard output.
  public func readAll() -> String { output.rest() }

  /// The rest of its standard error.
  public func readAllErrors() -> String { errors.rest() }

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for its end.
  ///
  /// - Returns: Its exit status, or the negative number of the signal that ended it.
  @discardableResult
  public func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
      ? -process.terminationStatus : process.terminationStatus
  }

  /// Writes a line to its standard input.
  public func writeLine(_ line: String) {
    input.fileHandleForWriting.write(Data((line + "\n").utf8))
  }

  /// Ends its standard input.
  public func closeInput() { try? input.fileHandleForWriting.close() }

  /// Where the build puts test bundles and programs.
  public static var productsDirectory: URL {
    #if os(macOS)
      for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
        return bundle.bundleURL.deletingLastPathComponent()
      }
    #endif
    return Bundle.main.bundleURL
  }
}

/// Lines of a pipe.
private final class LineReader: Sendable {
  private let handle: FileHandle
  private let buffer = Mutex(Data())

  init(_ handle: FileHandle) { self.handle = handle }

  func next() -> String? {
    buffer.withLock { buffer in
      while true {
        if let end = buffer.firstIndex(of: 10) {
          let line = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
          buffer = Data(buffer[(end + 1)...])
          return line
        }
        let more = handle.availableData
        if more.isEmpty { return nil }
        buffer += more
      }
    }
  }

  func rest() -> String {
    var lines = ""
    while let line = next() { lines += line + "\n" }
    return lines + buffer.withLock { String(decoding: $0, as: UTF8.self) }
  }
}
