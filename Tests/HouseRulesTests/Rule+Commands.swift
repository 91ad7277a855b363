extension Rule {
  /// What a command prints must arrive, or fail the command: `print` and `FileHandle.write` lose it, or
  /// trap.
  static let oneWriter = Rule(name: "commands print through one writer that may fail") { tree in
    tree.files(in: "Sources", "swift").flatMap { file -> [Violation] in
      guard file.path.hasPrefix("Sources/LavaCLI/"), file.name != "Output.swift" else { return [] }
      return file.violations { line in
        line.contains(/standardOutput(?! =)|Swift\.print\(|(?:^|[^\w.])print\("/)
          ? "a result that may be lost; use 'Output'" : nil
      }
    }
  }
}
