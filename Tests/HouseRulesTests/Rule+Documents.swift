extension Rule {
  static let documents = Rule(name: "the documents are there") { tree in
    [
      "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
      "Documentation/CommandLine.md", "Documentation/Decisions.md", "Documentation/MemoryLayout.md",
      "Documentation/TblFormat.md",
      "Benchmarks/README.md", ".swift-format", ".editorconfig",
    ]
    .filter { tree.file($0)?.lines.isEmpty != false }
    .map { Violation(path: $0, line: 0, text: "missing or empty") }
  }

  static let links = Rule(name: "links between documents lead somewhere") { tree in
    tree.files.filter { $0.suffix == "md" }.flatMap { file -> [Violation] in
      let folder = file.path.split(separator: "/").dropLast()
      return file.violations { line in
        guard line.contains("](") else { return nil }
        for match in line.matches(of: /\]\(([^)\s#]+)(?:#[^)]*)?\)/) {
          let target = match.1
          if target.contains(":") { continue }
          let path = resolve(target, from: folder)
          if !tree.files.contains(where: { $0.path == path || $0.path.hasPrefix(path + "/") }) {
            return "'\(target)' is not there"
          }
        }
        return nil
      }
    }
  }

  private static func resolve(_ link: Substring, from folder: ArraySlice<Substring>) -> String {
    var parts = Array(folder)
    for part in link.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The formatter looks for documentation of what is public; it must not be told otherwise.
  static let documentedDeclarations = Rule(name: "the formatter demands documentation") { tree in
    var found: [Violation] = []
    if let file = tree.file(".swift-format"),
      !file.lines.contains(where: {
        $0.contains("\"AllPublicDeclarationsHaveDocumentation\": true")
      })
    {
      found.append(file.violation("AllPublicDeclarationsHaveDocumentation is off"))
    }
    for file in tree.written where file.suffix == "swift" {
      found += file.violations {
        $0.contains("swift-format-ignore") ? "asks for an exception" : nil
      }
    }
    return found
  }
}
