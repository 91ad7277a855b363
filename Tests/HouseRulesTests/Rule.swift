import Testing

/// One rule of the house, checked over a tree of files.
struct Rule: Sendable, CustomTestStringConvertible {
  /// What is demanded, as a sentence.
  let name: String
  /// All places that break it.
  let violations: @Sendable (SourceTree) -> [Violation]

  var testDescription: String { name }

  /// All rules.
  static let all: [Rule] = [
    imports, includes, knownTargets, packageSettings,
    fence, atomicPairs, namedOrderings, layoutAsserts,
    fileLength, whitespace, openings, wording, machinePaths,
    pageSafety, pageModules,
    oneWriter,
    sleeps, testNames,
    documents, links, documentedDeclarations, examples,
  ]
}

extension Rule {
  /// A rule for each written file by itself, from which the files of `exceptions` are free.
  ///
  /// An exception that is not needed breaks the rule too.
  ///
  /// - Parameter exceptions: Reasons by path.
  init(
    name: String, except exceptions: [String: String],
    violations: @escaping @Sendable (SourceFile) -> [Violation]
  ) {
    self.name = name
    self.violations = { tree in
      var unused = exceptions
      var found: [Violation] = []
      for file in tree.written {
        let here = violations(file)
        if !here.isEmpty && unused.removeValue(forKey: file.path) == nil { found += here }
      }
      return found
        + unused.keys.sorted().map { Violation(path: $0, line: 0, text: "needs no exception") }
    }
  }
}

/// A place that breaks a rule.
struct Violation: Hashable, CustomStringConvertible {
  let path: String
  /// From 1; 0 for the whole file.
  let line: Int
  let text: String

  var description: String { line == 0 ? "\(path): \(text)" : "\(path):\(line): \(text)" }
}

extension SourceFile {
  /// A violation of the whole file.
  func violation(_ text: String) -> Violation { Violation(path: path, line: 0, text: text) }

  /// A violation in each line for which `check` has something to say.
  func violations(_ check: (Substring) -> String?) -> [Violation] {
    lines.enumerated().compactMap { index, line in
      check(line).map { Violation(path: path, line: index + 1, text: $0) }
    }
  }
}
