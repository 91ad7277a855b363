import Testing

/// The repository keeps the rules of its house, and each rule notices when it is broken.
@Suite struct HouseRulesTests {
  @Test func `the whole repository is looked at`() {
    let files = SourceTree.repository.files
    #expect(files.contains { $0.path == "Package.swift" })
    #expect(files.contains { $0.path.hasPrefix("Sources/CSharedMemory/include/") })
    #expect(files.contains { $0.path.hasPrefix("Sources/Fissure/Resources/") })
    #expect(files.contains { $0.path == ".ci/run" })
    #expect(!files.contains { $0.path.contains(".build") })
  }

  @Test(arguments: Rule.all)
  func `the repository keeps a rule`(rule: Rule) {
    for violation in rule.violations(.repository) { Issue.record("\(violation)") }
  }

  @Test(arguments: Planted.all)
  func `a rule finds what is planted, and nothing else`(planted: Planted) {
    let found = planted.rule.violations(SourceTree(planted: planted.files))
    #expect(found.map { "\($0.path):\($0.line)" }.sorted() == planted.expected.sorted())
  }

  @Test(arguments: Rule.all)
  func `a rule has something planted that it finds`(rule: Rule) {
    #expect(Planted.all.contains { $0.rule.name == rule.name && !$0.expected.isEmpty })
  }
}
