/// Files that pause between looks at a condition, or give up after a time, each with its reason.
private let pausing: [String: String] = [
  "Tests/TestSupport/WaitUntil.swift": "looks at a condition until its deadline",
  "Tests/BrowserTests/page_test.py": "looks at a condition until its deadline",
  "Tests/FissureTests/RawClient.swift": "gives a server that does not answer up",
]

extension Rule {
  static let sleeps = sleeps(except: pausing)

  /// A test that sleeps a fixed time is slow on a fast machine and wrong on a slow one.
  static func sleeps(except pausing: [String: String]) -> Rule {
    Rule(name: "tests wait for conditions, never for a time", except: pausing) { file in
      let hints = ["sleep", "wait_for_timeout"]
      guard file.path.hasPrefix("Tests/"), file.mentions(hints) else { return [] }
      let pause =
        /(?:^|[^.\w])((?:(?:Task|Thread|time|clock)\.|u|nano)?sleep|\w+\.wait_for_timeout)\(/
      return file.violations { line in
        guard hints.contains(where: line.contains) else { return nil }
        return line.firstMatch(of: pause).map { "'\($0.1)' waits a fixed time" }
      }
    }
  }

  static let testNames = Rule(name: "names of tests are sentences") { tree in
    tree.written.flatMap { file -> [Violation] in
      guard file.path.hasPrefix("Tests/"), file.mentions(["@Test"]) else { return [] }
      var follows = false
      return file.violations { line in
        let text = line.drop { $0 == " " }
        if text.hasPrefix("@Test") { follows = true }
        guard follows, let name = text.firstMatch(of: /(?:^|\s)func (\S+)/)?.1 else { return nil }
        follows = false
        return name.hasPrefix("`") ? nil : "'\(name)' is not a sentence in backticks"
      }
    }
  }

  private static let exampleTests = "Tests/SharedStructuresTests/ExampleTests.swift"

  /// An example that nobody runs is one that does not work any more.
  static let examples = Rule(name: "the examples of the structures are run by a test") { tree in
    let run = tree.file(exampleTests).map { code($0.lines) } ?? []
    return tree.files(in: "Sources/SharedStructures", "swift").flatMap { file -> [Violation] in
      var example: [Substring]?
      var found: [Violation] = []
      for (index, line) in file.lines.enumerated() {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix("///") else { continue }
        if text == "/// ```swift" {
          example = []
        } else if text == "/// ```", let lines = example {
          let wanted = code(lines)
          let isRun = (0...max(0, run.count - wanted.count)).contains {
            run[$0...].starts(with: wanted)
          }
          if !isRun {
            found.append(
              Violation(path: file.path, line: index + 1, text: "is not in \(exampleTests)"))
          }
          example = nil
        } else {
          example?.append(text.dropFirst(3))
        }
      }
      return found
    }
  }

  /// Lines without what stands around them, and without those that say nothing.
  private static func code(_ lines: [Substring]) -> [String] {
    lines.map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty && !$0.hasPrefix("//") }
  }
}
