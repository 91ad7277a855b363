import Foundation
import SimDB
import TestSupport
import Testing

@testable import LavaCLI

/// What no command can attach to, no command removes; each says how its file is removed.
@Suite struct UnusableDatabaseTests {
  let lava = Lava()

  private func makeFile(_ name: String, _ bytes: Data) {
    #expect(
      FileManager.default.createFile(
        atPath: lava.scratch.database(name), contents: bytes,
        attributes: [.posixPermissions: 0o600]))
  }

  @Test(arguments: [
    ["stat"], ["drop"], ["drop", "--force"], ["put", "key", "value"], ["create"], ["watch"],
  ])
  func `a damaged file and a foreign one are removed by the command that is told`(
    words: [String]
  ) throws {
    var newer = Data("LAVASIMD".utf8) + Data(repeating: 0, count: 8_192)
    newer.replaceSubrange(8..<16, with: [4, 3, 2, 1, 99, 0, 0, 0])
    makeFile("damaged", Data(repeating: 7, count: 5_000))
    makeFile("newer", newer)
    for (name, reason) in [("damaged", "LAVASIMD"), ("newer", "layout version is 99")] {
      let path = lava.scratch.database(name)
      let result = try lava(["db", words[0], name] + words.dropFirst())
      #expect(result.status == 3 && result.errors.contains(reason), "\(result.errors)")
      let command = try #require(result.errors.firstRange(of: /: (rm .*)\n/))
      let text = result.errors[command].dropFirst(2)
      #expect(text == "rm \(path)\n")
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(try lava.shell(String(text)).status == 0)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `run, ui and ls tell it too`() throws {
    makeFile("system-monitor", Data(repeating: 7, count: 5_000))
    let command = "rm \(lava.scratch.database("system-monitor"))\n"
    for words in [["run", "--no-page", Lava.monitor], ["ui", "system-monitor"], ["db", "ls"]] {
      let result = try lava(words)
      #expect(result.errors.contains(command), "\(result.errors)")
    }
  }

  @Test(arguments: ["plain", "with blanks", "it's", "$HOME", "é", "", "a;b", "-f"])
  func `a shell takes the path for one word`(text: String) throws {
    let word = FileRemoval.shellWord("/" + text)
    #expect(try lava.shell("printf '%s|' \(word)").output == "/\(text)|")
  }
}
