import Foundation
import Lava
import TestSupport
import Testing

/// The example of the README is this code, and does what it says.
@Suite struct ReadmeTests {
  let scratch = Scratch()

  /// One process: create the store and its queue, and send.
  private func send(_ store: String) throws {
    let database = try Database.open(store, creating: Geometry())
    let queue = try database.queue("jobs", creating: QueueGeometry(capacity: 1_024))
    try database.put("motor/left", "42")
    try database.put("pose", encoding: ["x": 0.5, "y": 1.5])
    _ = try queue.push(Message(cycle: 1), payload: [1, 2, 3].rawSpan)
  }

  /// Another: read, and wait without burning a core.
  private func receive(_ store: String, print: (String) -> Void) async throws {
    let database = try Database.open(store)
    if let value = try database.get("motor/left", as: String.self) { print(value) }
    let pose = try database.get("pose", decoding: [String: Double].self)  // or any Codable type
    #expect(pose == ["x": 0.5, "y": 1.5])
    let received = try await database.queue("jobs").receive()
    print("\(received.message.cycle), \(received.payload)")
  }

  /// Any number of others: follow what changes.
  private func follow(_ store: String, print: (String) -> Void) async throws {
    let database = try Database.open(store)
    for try await change in try database.changes(prefix: "motor/") {
      print(String(decoding: change.key, as: UTF8.self))
    }
  }

  @Test func `who follows the changes of the README is told of them until the end`() async throws {
    let store = scratch.database("telemetry")
    try send(store)
    var lines: [String] = []
    let error = await #expect(throws: StoreError.self) {
      try await follow(store) {
        lines.append($0)
        try? Database.open(store).drop()
      }
    }
    #expect(error?.code == .dropped && lines == ["motor/left"])
  }

  @Test func `the two processes of the README understand each other`() async throws {
    // What each process releases at its end is released here at the end of each function, so the
    // store is held meanwhile.
    let store = scratch.database("telemetry")
    try send(store)
    var lines: [String] = []
    try await receive(store) { lines.append($0) }
    #expect(lines == ["42", "1, [1, 2, 3]"])
  }

  @Test func `the README shows just this code`() throws {
    let file = URL(fileURLWithPath: #filePath)
    let root = file.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let source = try String(contentsOf: file, encoding: .utf8)
    func lines(_ text: some StringProtocol) -> [String] {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let code = readme.components(separatedBy: "```swift\n").dropFirst()
      .flatMap { lines($0.components(separatedBy: "```")[0]) }
      .filter { !$0.hasPrefix("//") && !$0.hasPrefix("import ") }
      .map { $0.replacingOccurrences(of: #""telemetry""#, with: "store") }
    let known = Set(lines(source))
    #expect(code.count >= 7)
    for line in code where !known.contains(line) { Issue.record("not in the test: \(line)") }
  }
}
