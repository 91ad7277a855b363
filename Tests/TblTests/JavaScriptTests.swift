import Foundation
import TestSupport
import Testing

@testable import Tbl

/// The page's reader and this one agree. Needs `node`; without it the test is skipped, saying so.
@Suite struct `The reader in JavaScript` {
  private static let node: URL? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: "node") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  @Test(.enabled(if: node != nil, "node is not on PATH"))
  func `decodes random and damaged documents as this one does`() throws {
    var random = seeded("decodes random and damaged documents as this one does")
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "tbl-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }

    var documents = 0
    func save(_ bytes: [UInt8]) throws {
      documents += 1
      try Data(bytes).write(to: folder.appending(path: "\(documents).tbl"))
      guard let table = try? Tbl(validating: bytes) else { return }
      let json = try Data(table.json(pretty: Bool.random(using: &random), nonFinite: .null).utf8)
      try json.write(to: folder.appending(path: "\(documents).json"))
    }
    try save(halves())
    for _ in 0..<150 {
      let bytes = try RandomDocument(using: &random, depth: 2).table.bytes
      try save(bytes)
      for _ in 0..<4 {
        var damaged = bytes
        let at = Int.random(in: 0..<damaged.count, using: &random)
        damaged[at] = UInt8.random(in: 0...255, using: &random)
        try save(damaged)
      }
      try save(Array(bytes[..<Int.random(in: 0..<bytes.count, using: &random)]))
    }
    let output = try decode(folder)
    #expect(output == "\(documents) documents\n")
  }

  /// Every half but the not-a-numbers, which JSON lacks.
  private func halves() throws -> [UInt8] {
    var bytes = try build { builder in
      builder.setVector((UInt16.min...UInt16.max).map { $0 & 0x7C00 == 0x7C00 ? 0 : $0 })
    }.bytes
    bytes[20] = Tbl.TypeCode.float16.rawValue | 0x80
    return bytes
  }

  /// What the script prints about the documents in `folder`.
  private func decode(_ folder: URL) throws -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let root = tests.deletingLastPathComponent().deletingLastPathComponent()
    // Outside a package of its own, node takes only `.mjs` for a module.
    let reader = folder.appending(path: "tbl.mjs")
    try FileManager.default.copyItem(
      at: root.appending(path: "Sources/Fissure/Resources/tbl.js"), to: reader)
    let process = Process()
    let node: URL = try #require(Self.node)
    process.executableURL = node
    process.arguments = [tests.appending(path: "decode-tbl.mjs").path, reader.path, folder.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text
  }
}
