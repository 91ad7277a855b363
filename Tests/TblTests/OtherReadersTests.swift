import Foundation
import TestSupport
import Testing

@testable import Tbl

/// The readers in JavaScript and Python read what this one reads, from one corpus. They need `node`
/// and `python3`; without them the tests are skipped, saying so.
@Suite struct `Readers in other languages` {
  static let hasNode = Program.node != nil
  static let hasPython = Program.python != nil

  @Test(.enabled(if: hasNode, "node is not on PATH"))
  func `JavaScript reads the documents of the corpus as they are`() throws {
    let run = try Run.once.get()
    #expect(run.javaScript?.status == 0, "\(run.javaScript?.text.suffix(2000) ?? "")")
    try expect(run.wideOfJavaScript, run.wide, onlyValid: true)
  }

  @Test(.enabled(if: hasPython, "python3 is not on PATH"))
  func `Python reads, refuses and writes the documents of the corpus as Swift does`() throws {
    let run = try Run.once.get()
    #expect(run.python?.status == 0, "\(run.python?.text.suffix(2000) ?? "")")
    try expect(run.exactOfPython, run.exact, onlyValid: false)
    try expect(run.wideOfPython, run.wide, onlyValid: true)
  }

  @Test(.enabled(if: hasNode && hasPython, "node or python3 is not on PATH"))
  func `JavaScript and Python refuse the same documents, and read the others alike`() throws {
    let run = try Run.once.get()
    let (one, other) = (run.wideOfJavaScript, run.wideOfPython)
    #expect(one.count == run.wide.count && other.count == one.count)
    for (number, (one, other)) in zip(one, other).enumerated() where one != other {
      Issue.record("document \(number): \(Self.difference(one, other))")
    }
    // Some are read although a lookup would miss a key, so there is something to compare.
    #expect(zip(run.wide, other).contains { $0 == "refused\n" && $1 != $0 })
    #expect(other.count { $0 == "refused\n" } > 50)
  }

  @Test(.enabled(if: hasNode || hasPython, "neither node nor python3 is on PATH"))
  func `JavaScript and Python refuse the damaged documents`() throws {
    let run = try Run.once.get()
    let (javaScript, python) = (run.wideOfJavaScript, run.exactOfPython)
    #expect(Self.hasNode == !javaScript.isEmpty && Self.hasPython == !python.isEmpty)
    for (number, line) in run.damaged.enumerated() {
      // Who does not look keys up reads what is wrong only there; in Python validation finds it
      // too.
      let isRefused = line.readers == "all"
      for found in [javaScript, run.wideOfPython] where !found.isEmpty {
        #expect((found[number] == "refused\n") == isRefused, "\(line.title)")
      }
      if !python.isEmpty { #expect(python[number] == "refused\n", "\(line.title)") }
    }
  }

  @Test(.enabled(if: hasPython, "python3 is not on PATH"))
  func `the examples of the Python reader's manual run`() throws {
    let folder = Program.root.appending(path: "Bindings/Python")
    let manual = try Program.run(
      #require(Program.python), ["-m", "doctest", folder.path + "/README.md"],
      environment: ["PYTHONPATH": folder.path])
    #expect(manual.status == 0 && manual.text.isEmpty, "\(manual.text.suffix(2000))")
  }

  @Test(.enabled(if: hasPython, "python3 is not on PATH"))
  func `the Python reader prints a document as JSON, or says in a line why not`() throws {
    let script = Program.root.appending(path: "Bindings/Python/tbl.py").path
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "tbl-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let file = folder.appending(path: "a.tbl")
    let bytes = try build { builder in
      builder.set("x", vector: ["é", "b"])
      builder.set("y", 0.5)
    }.bytes
    try Data(bytes).write(to: file)
    func run(_ arguments: String..., input: URL? = nil) throws -> Program.Ending {
      try Program.run(try #require(Program.python), [script] + arguments, input: input)
    }
    let shown = Program.Ending(text: #"{"x":["é","b"],"y":0.5}"# + "\n", status: 0)
    #expect(try run(file.path) == shown)
    #expect(try run("-", input: file) == shown)
    let none = folder.path + "/none"
    #expect(try run(none).text == "tbl, \(none): No such file or directory\n")
    #expect(try run() == Program.Ending(text: "usage: tbl.py FILE|-\n", status: 1))
    try Data(bytes.dropLast()).write(to: file)
    let cut = "tbl, byte 8: says \(bytes.count) bytes, there are \(bytes.count - 1)\n"
    #expect(try run(file.path) == Program.Ending(text: cut, status: 1))
  }

  private func expect(
    _ found: [String], _ expected: [String], onlyValid: Bool
  ) throws {
    try #require(found.count == expected.count)
    for (number, (found, expected)) in zip(found, expected).enumerated() where found != expected {
      if onlyValid && expected == "refused\n" { continue }
      Issue.record("document \(number): \(Self.difference(expected, found))")
    }
  }

  /// The first lines that differ.
  private static func difference(_ expected: String, _ found: String) -> String {
    let lines = zip(expected.split(separator: "\n"), found.split(separator: "\n"))
    guard let (one, other) = lines.first(where: { $0 != $1 }) else { return "one ends earlier" }
    return "'\(one.prefix(100))' is not '\(other.prefix(100))'"
  }
}

/// What the readers in other languages made of the corpus.
private struct Run {
  /// Made once for all tests.
  static let once = Result { try Run() }

  let damaged: [DamagedLine]
  let exact: [String]
  let wide: [String]
  var javaScript: Program.Ending?
  var python: Program.Ending?
  var wideOfJavaScript: [String] = []
  var wideOfPython: [String] = []
  var exactOfPython: [String] = []

  init() throws {
    var random = seeded("Readers in other languages")
    let corpus = try ReaderCorpus(using: &random)
    damaged = corpus.damaged
    exact = try corpus.transcripts(isWide: false)
    wide = try corpus.transcripts(isWide: true)
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "tbl-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    try Data(corpus.file()).write(to: folder.appending(path: "corpus"))
    let tests = URL(filePath: #filePath).deletingLastPathComponent().path

    func transcripts(_ name: String) throws -> [String] {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      return text.components(separatedBy: "document\n").dropFirst().map { String($0) }
    }
    if let node = Program.node {
      // Outside a package of its own, node takes only `.mjs` for a module.
      let reader = folder.appending(path: "tbl.mjs")
      try files.copyItem(
        at: Program.root.appending(path: "Sources/Fissure/Resources/tbl.js"), to: reader)
      let ending = try Program.run(node, [tests + "/decode-tbl.mjs", reader.path, folder.path])
      javaScript = ending
      if ending.status == 0 { wideOfJavaScript = try transcripts("javascript.wide") }
    }
    if let python = Program.python {
      let ending = try Program.run(
        python, [tests + "/decode-tbl.py", folder.path, "\(random.seed)", "\(300 * scale)"],
        environment: ["PYTHONPATH": Program.root.path + "/Bindings/Python"])
      self.python = ending
      if ending.status == 0 {
        wideOfPython = try transcripts("python.wide")
        exactOfPython = try transcripts("python.exact")
      }
    }
  }
}

/// A program of the system that tests run.
private enum Program {
  /// How a run ended, and what it printed.
  struct Ending: Equatable {
    let text: String
    let status: Int32
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let node = find("node")
  /// `LAVA_PYTHON` names one that has numpy.
  static let python =
    ProcessInfo.processInfo.environment["LAVA_PYTHON"].map { URL(filePath: $0) } ?? find("python3")

  private static func find(_ name: String) -> URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:], input: URL? = nil
  ) throws -> Ending {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { $1 }
      .merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let output = Pipe()
    process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? .nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Ending(text: text, status: process.terminationStatus)
  }
}
