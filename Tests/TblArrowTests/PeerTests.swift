import Foundation
import Tbl
import TestSupport
import Testing

@testable import TblArrow

/// pyarrow and pandas read what this writes, and this reads what they write. Needs Python with
/// both; without them the tests are skipped, saying so.
@Suite struct `Beside pyarrow` {
  static let needs: Comment =
    "needs Python with pyarrow and pandas; LAVA_PYTHON says where it is"

  private static let python: URL? = {
    let environment = ProcessInfo.processInfo.environment
    if let given = environment["LAVA_PYTHON"] { return URL(filePath: given) }
    return (environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: "python3") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  static let isThere = (try? run(["-c", "import pyarrow, pandas"]).status) == 0

  /// Runs Python.
  private static func run(_ arguments: [String]) throws -> (text: String, status: Int32) {
    let process = Process()
    process.executableURL = python
    process.arguments = arguments
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }

  /// Lends `body` a folder and a way to have the script work on it.
  private func withFolder(
    _ body: (_ folder: URL, _ peer: (_ command: String) throws -> String) throws -> Void
  ) throws {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "arrow-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/arrow_peer.py"
    try body(folder) { command in
      let (text, status) = try Self.run([script, command, folder.path])
      #expect(status == 0, "\(text.suffix(2000))")
      return text
    }
  }

  @Test(.enabled(if: isThere, needs))
  func `its streams of today are read as those in the corpus`() throws {
    try withFolder { folder, peer in
      _ = try peer("make")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(Set(names) == Set(arrowCorpus.map(\.name)))
      for name in names {
        let stream = Array(try Data(contentsOf: folder.appending(path: name)))
        try `Streams of pyarrow`.check(name, stream)
      }
    }
  }

  @Test(.enabled(if: isThere, needs))
  func `it finds the values, types and nulls that were written`() throws {
    try withFolder { folder, peer in
      for (name, stream) in try Written.streams() {
        try Data(stream).write(to: folder.appending(path: name))
      }
      #expect(try peer("check") == "8 checked\n")
    }
  }

  @Test(.enabled(if: isThere, needs))
  func `random tables come back from it byte for byte`() throws {
    var random = seeded("random tables come back from it byte for byte")
    try withFolder { folder, peer in
      var tables: [Tbl] = []
      for number in 0..<60 {
        let table = try RandomTable(using: &random).table
        let size = Int.random(in: 1...40, using: &random)
        let stream = try ArrowStream.encode(table, rowsPerBatch: size)
        try Data(stream).write(to: folder.appending(path: "\(number).ours"))
        tables.append(table)
      }
      #expect(try peer("rewrite") == "60 rewritten\n")
      for (number, table) in tables.enumerated() {
        for suffix in ["stream", "file"] {
          let bytes = try Data(contentsOf: folder.appending(path: "\(number).\(suffix)"))
          let back = try ArrowStream.decode(Array(bytes), maximumBytes: 1 << 24)
          #expect(back == table, "\(number).\(suffix)")
        }
      }
    }
  }
}

/// What `arrow_peer.py check` expects.
private enum Written {
  static func streams() throws -> [(name: String, stream: [UInt8])] {
    let large = try build { builder in
      builder.set("words", vector: ["abc", "", "defg"])
      builder.set("blobs", byteStrings(["abc", "", "defg"].map { Array($0.utf8) }))
    }
    return [
      ("numbers", try ArrowStream.encode(build(numbers))),
      ("texts", try ArrowStream.encode(build(texts), rowsPerBatch: 3)),
      ("nulls", try ArrowStream.encode(build(nulls), rowsPerBatch: 2)),
      ("times", try ArrowStream.encode(build(times))),
      ("shapes", try ArrowStream.encode(build(shapes), rowsPerBatch: 1)),
      ("batches", try ArrowStream.encode(build(batches), rowsPerBatch: 7)),
      ("empty", try ArrowStream.encode(build(empty))),
      ("large", try StreamWriter(large, largestShortOffset: 3).stream(rowsPerBatch: 2)),
    ]
  }

  private static func numbers(_ builder: inout Tbl.Builder) {
    func set<S: Tbl.Scalar & FixedWidthInteger, U: Tbl.Scalar & FixedWidthInteger>(
      _ bits: Int, _ signed: S.Type, _ unsigned: U.Type
    ) {
      builder.set("i\(bits)", vector: [S.min, 0, S.max])
      builder.set("u\(bits)", vector: [U.min, 1, U.max])
    }
    set(8, Int8.self, UInt8.self)
    set(16, Int16.self, UInt16.self)
    set(32, Int32.self, UInt32.self)
    set(64, Int64.self, UInt64.self)
    builder.set("f16", halfBits: [0xB800, 0, 0x3E00])
    builder.set("f32", vector: [-0.5, 0, 1.5] as [Float])
    builder.set("f64", vector: [-0.5, 0, 1.5] as [Double])
  }

  private static func texts(_ builder: inout Tbl.Builder) {
    builder.set("words", vector: ["a", "", "é😀", "words"])
    builder.set("blobs", byteStrings([[], [0xFF], [0, 1], Array("abc".utf8)]))
    builder.set("sparse", valid: [true, false, false, true]) {
      $0.set("values", vector: ["x", "hidden", "", "y"])
    }
  }

  private static func nulls(_ builder: inout Tbl.Builder) {
    let valid = [true, false, true]
    builder.set("ints", valid: valid) { $0.set("values", vector: [1, 2, 3] as [Int32]) }
    builder.set("bools", valid: valid) { $0.set("values", vector: [true, true, false]) }
    builder.setNil("none")
    builder.set("whole", valid: [true, true, true]) { $0.set("values", vector: [1.0, 2, 3]) }
    builder.set("rows", valid: valid) {
      $0.set("values", vector: [1, 2, 3, 4, 5, 6], shape: [3, 2])
    }
    builder.set("struct", valid: [false, true, true]) { column in
      column.set("values") { $0.set("x", vector: [1, 2, 3]) }
    }
  }

  private static func times(_ builder: inout Tbl.Builder) {
    builder.set("stamp", "timestamp", "ns", [0, 1], valid: [true, false])
    builder.set("zoned", "timestamp", "s", zone: "UTC", [0, 1])
    builder.set("date", "date", "day", [1, 2] as [Int32])
    builder.set("date64", "date", "ms", [0, 86_400_000])
    builder.set("time_s", "time", "s", [0, 1] as [Int32])
    builder.set("time_ms", "time", "ms", [0, 1] as [Int32])
    builder.set("time_us", "time", "us", [0, 1])
    builder.set("time_ns", "time", "ns", [0, 1000])
    builder.set("span", "duration", "ms", [0, -1])
  }

  private static func shapes(_ builder: inout Tbl.Builder) {
    builder.set("positions", vector: [1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    builder.set("deep", vector: Array(1...8) as [Int16], shape: [2, 2, 2])
    builder.set("words", vector: ["a", "b", "c", "d"], shape: [2, 2])
    builder.set("flags", vector: [true, false, true, false, false, true], shape: [2, 3])
    builder.set("point") { point in
      point.set("x", vector: [1.5, 2.5])
      point.set("y", vector: ["a", "b"])
    }
  }

  private static func batches(_ builder: inout Tbl.Builder) {
    let rows = 0..<25
    builder.set("n", vector: rows.map { UInt16($0) })
    builder.set("words", vector: rows.map { "\($0)" })
    builder.set("flags", vector: rows.map { $0 % 3 == 0 })
    builder.set("sparse", valid: rows.map { $0 % 4 != 0 }) {
      $0.set("values", vector: rows.map { Int8($0) })
    }
    builder.set("pairs", vector: rows.flatMap { [$0, $0 + 100] }, shape: [25, 2])
  }

  private static func empty(_ builder: inout Tbl.Builder) {
    builder.set("ints", vector: [] as [Int8])
    builder.set("words", vector: [] as [String])
    builder.set("pairs", vector: [] as [Float], shape: [0, 2])
  }
}
