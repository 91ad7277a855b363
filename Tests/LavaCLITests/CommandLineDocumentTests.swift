import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import LavaCLI

/// `Documentation/CommandLine.md` says what there is, and nothing else.
@Suite struct CommandLineDocumentTests {
  let document: String

  init() throws {
    document = try String(
      contentsOfFile: Lava.root + "/Documentation/CommandLine.md", encoding: .utf8)
  }

  /// The sections of the document by the command that each begins with.
  private func sections() -> [String: String] {
    var sections: [String: String] = [:]
    for section in document.components(separatedBy: "\n## ").dropFirst() {
      let title = section.prefix { $0 != "\n" }
      guard title.hasPrefix("lava ") else { continue }
      // The command ends where its arguments begin, which are in capitals.
      let words = title.split(separator: " ").prefix { word in
        word.allSatisfy { $0.isLowercase || $0 == "-" }
      }
      sections[words.joined(separator: " ")] = section
    }
    return sections
  }

  /// The commands that do something and are shown, by their words.
  private func commands(
    _ command: any ParsableCommand.Type, _ words: [String]
  ) -> [String: any ParsableCommand.Type] {
    let configuration = command.configuration
    guard configuration.shouldDisplay else { return [:] }
    let words = words + [configuration.commandName ?? ""]
    if configuration.subcommands.isEmpty { return [words.joined(separator: " "): command] }
    return configuration.subcommands.reduce(into: [:]) { found, command in
      found.merge(commands(command, words)) { $1 }
    }
  }

  @Test func `every command and each of its options has its place`() throws {
    let sections = sections()
    let commands = commands(LavaCommand.self, [])
    #expect(commands.count > 15)
    #expect(Set(sections.keys) == Set(commands.keys))
    for (name, command) in commands {
      let section = try #require(sections[name])
      let options =
        LavaCommand.helpMessage(for: command).matches(of: /(?m)^ +--([a-z-]+)/)
        .map { "--\($0.1)" }
        + LavaCommand.helpMessage(for: command).matches(of: /, --([a-z-]+)/)
        .map { "--\($0.1)" }
      for option in Set(options).subtracting(["--version", "--help"]) {
        #expect(section.contains("`\(option)"), "\(name) \(option)")
      }
    }
  }

  @Test func `every exit status has its line`() {
    for status in ExitStatus.allCases {
      #expect(document.contains("\n| \(status.rawValue) | "), "\(status)")
    }
  }

  #if os(Linux)
    @Test func `the examples print what stands there`() throws {
      let lava = Lava()
      var commands: [(command: String, output: String)] = []
      for block in document.matches(of: /(?s)```console\n(.*?)```/) {
        for line in block.1.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
          if line.hasPrefix("$ ") {
            commands.append((String(line.dropFirst(2)), ""))
          } else {
            commands[commands.count - 1].output += line + "\n"
          }
        }
      }
      #expect(commands.count > 15)
      for (command, output) in commands {
        let result = try lava.shell("lava() { \"$LAVA\" \"$@\"; }; exec 2>&1; \(command)")
        #expect(result.output == output, "\(command)")
      }
    }
  #endif
}
