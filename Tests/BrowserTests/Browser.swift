import Foundation
import Testing

/// Python with Playwright, which drives Chromium.
enum Browser {
  /// What a skipped or failed test says.
  static let needs: Comment = """
    needs Chromium, and Python with playwright and axe-playwright-python; LAVA_PYTHON and \
    LAVA_CHROMIUM say where they are
    """

  /// Whether missing parts are a failure.
  static var isRequired: Bool { environment["LAVA_REQUIRE_BROWSER"] == "1" }

  /// Whether all parts are there.
  static let isThere: Bool = {
    guard let python, chromium != nil else { return false }
    let imports = ["-c", "import playwright.sync_api, axe_playwright_python.sync_playwright"]
    return (try? Program(python, imports).wait().status) == 0
  }()

  /// What a finished program said, and how it ended.
  struct Report {
    let text: String
    let status: Int32
  }

  /// Runs all checks of `page_test.py` on a live page.
  static func look(at wayIn: WayIn) async throws -> Report {
    guard let python, let chromium else { throw CancellationError() }
    let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/page_test.py"
    var arguments = ["-u", script, wayIn.address, "\(wayIn.sampler)", "--chromium", chromium]
    if let folder = environment["LAVA_SCREENSHOTS"] { arguments += ["--screenshots", folder] }
    let program = try Program(python, arguments)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { done in
        Thread { done.resume(returning: program.wait()) }.start()
      }
    } onCancel: {
      program.stop()
    }
  }

  private static let environment = ProcessInfo.processInfo.environment
  private static let python = environment["LAVA_PYTHON"] ?? onPath(["python3"])
  private static let chromium =
    environment["LAVA_CHROMIUM"] ?? onPath(["chromium", "chromium-browser", "google-chrome"])

  private static func onPath(_ names: [String]) -> String? {
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

/// A program whose output and errors are kept in the order in which it wrote them.
private final class Program: Sendable {
  private let process = Process()
  private let pipe = Pipe()

  init(_ path: String, _ arguments: [String]) throws {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
  }

  /// Waits for its end.
  func wait() -> Browser.Report {
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Browser.Report(text: text, status: process.terminationStatus)
  }

  /// Asks it to end.
  func stop() { process.terminate() }
}
