import Foundation
import TestSupport
import Testing

/// The page in a real browser, over the example that watches this machine.
///
/// `page_test.py` does the looking and needs Python with Playwright, and Chromium. Where one of them
/// is missing the test is skipped and says so, unless `LAVA_REQUIRE_BROWSER` is 1: then it fails.
@Suite struct BrowserTests {
  @Test(.enabled(if: Browser.isRequired || Browser.isThere, Browser.needs), .timeLimit(.minutes(5)))
  func `the page shows a live graph, the death of its sampler, and its return`() async throws {
    try #require(Browser.isThere, Browser.needs)
    await QuietMachine.wait(within: 90)
    let scratch = Scratch()
    let graph = try Subject(
      ["run", Self.root + "/Examples/SystemMonitor/system-monitor.lava.json"], program: "lava",
      environment: ["LAVA_DIR": scratch.path, "SSH_CONNECTION": ""])
    defer { graph.signal(SIGKILL) }
    let wayIn = try WayIn(of: graph)
    let report = try await Browser.look(at: wayIn)
    for line in report.text.split(separator: "\n") { print("page: \(line)") }
    #expect(report.status == 0, "\(report.text)")
    graph.signal(SIGINT)
    #expect(graph.wait() == 0)
  }

  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}

/// What a graph that has just started says on standard error.
struct WayIn {
  /// The page's address with its token.
  let address: String
  /// Process of the sampler.
  let sampler: Int32

  /// Reads the lines of `graph` up to both.
  ///
  /// - Throws: ``Unsaid`` when the program ends before.
  init(of graph: Subject) throws {
    var said: [String] = []
    var address: String?
    while let line = graph.readErrorLine() {
      said.append(line)
      if line.hasPrefix("http://127.0.0.1:") { address = line }
      let words = line.split(separator: " ")
      guard let address, let kill = words.firstIndex(of: "-9"), kill + 1 < words.count,
        let sampler = Int32(words[kill + 1])
      else { continue }
      self.address = address
      self.sampler = sampler
      return
    }
    throw Unsaid(said: said)
  }

  /// The program ended without the way in.
  struct Unsaid: Error { let said: [String] }
}
