import Foundation
import SharedMemory
import TestSupport

/// Runs the built `lava` against a directory of its own.
struct Lava {
  let scratch = Scratch()

  private var environment: [String: String] { ["LAVA_DIR": scratch.path, "SSH_CONNECTION": ""] }

  /// What a finished command left.
  struct Result {
    let status: Int32
    let output: String
    let errors: String

    /// Standard output as JSON.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
  }

  /// Runs a command to its end.
  func callAsFunction(_ arguments: String...) throws -> Result {
    try finish(start(arguments))
  }

  /// Runs a command to its end.
  func callAsFunction(_ arguments: [String]) throws -> Result { try finish(start(arguments)) }

  /// Runs a shell script to its end; `$LAVA` is the program, `$LAVA_DIR` the directory.
  func shell(_ script: String) throws -> Result { try finish(startShell(script)) }

  private func finish(_ subject: Subject) throws -> Result {
    subject.closeInput()
    let errors = TextBox()
    // Both pipes are drained at once, so that neither can fill and hold the program up.
    let thread = Thread { errors.set(subject.readAllErrors()) }
    thread.start()
    let output = subject.readAll()
    let status = subject.wait()
    return Result(status: status, output: output, errors: errors.get())
  }

  /// Starts a command.
  func start(_ arguments: [String]) throws -> Subject {
    try Subject(arguments, program: "lava", environment: environment)
  }

  /// Starts a shell script; `$LAVA` is the program, `$LAVA_DIR` the directory.
  func startShell(_ script: String) throws -> Subject {
    let program = Subject.productsDirectory.appendingPathComponent("lava").path
    return try Subject(
      ["-c", script], program: "/bin/sh",
      environment: environment.merging(["LAVA": program]) { $1 })
  }

  /// Starts a graph without its page and waits until it runs.
  func startMonitor(_ options: [String] = []) throws -> RunningGraph {
    let subject = try start(["run"] + options + [Self.monitor])
    return try RunningGraph(subject)
  }

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  static let monitor = root + "/Examples/SystemMonitor/system-monitor.lava.json"
  static let wordCount = root + "/Examples/WordCount/word-count.lava.json"
}

/// Text that one thread sets and another waits for.
private final class TextBox: @unchecked Sendable {
  private let condition = NSCondition()
  private var text: String?

  func set(_ text: String) {
    condition.withLock {
      self.text = text
      condition.broadcast()
    }
  }

  func get() -> String {
    condition.withLock {
      while text == nil { condition.wait() }
      return text ?? ""
    }
  }
}

/// A graph that said it runs.
struct RunningGraph {
  let subject: Subject
  /// Address of the page, with its token.
  let page: String
  /// Process of the sampler.
  let sampler: Int32
  let lines: [String]

  init(_ subject: Subject) throws {
    self.subject = subject
    var lines: [String] = []
    while let line = subject.readErrorLine() {
      lines.append(line)
      if line.contains("from another terminal") { break }
    }
    self.lines = lines
    page = lines.first { $0.hasPrefix("http://127.0.0.1:") } ?? ""
    let words = lines.first { $0.contains("kill -9") }?.split(separator: " ") ?? []
    sampler = words.firstIndex(of: "-9").flatMap { Int32(words[$0 + 1]) } ?? 0
    guard !page.isEmpty, sampler > 0 else { throw NotRunning(lines: lines) }
  }

  struct NotRunning: Error { let lines: [String] }
}
