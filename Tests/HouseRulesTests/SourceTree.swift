import Foundation

/// A text file of the repository.
struct SourceFile: Sendable {
  /// Path from the root, with slashes.
  let path: String
  /// Lines without their ends; a final line end begins no further line.
  let lines: [Substring]
  /// Whether the last line has its end.
  let endsWithLineEnd: Bool
  private let bytes: Data

  init(path: String, text: String) {
    self.path = path
    bytes = Data(text.utf8)
    var lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
      .map { Substring($0) }
    endsWithLineEnd = lines.last == ""
    if endsWithLineEnd { lines.removeLast() }
    self.lines = lines
  }

  /// Whether any of `words` stands anywhere in the file; much faster than to ask each line.
  func mentions(_ words: [String]) -> Bool {
    words.contains { bytes.range(of: Data($0.utf8)) != nil }
  }

  /// Name without folders.
  var name: Substring { path.split(separator: "/").last ?? "" }

  /// What follows the name's last dot; empty without one.
  var suffix: Substring { name.contains(".") ? name.split(separator: ".").last ?? "" : "" }

  /// The folder directly under `folder` that holds the file, such as a target under `Sources`.
  func child(of folder: String) -> String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == folder ? String(parts[1]) : nil
  }
}

/// The text files that a rule looks at: the repository's, or ones planted by a test.
struct SourceTree: Sendable {
  /// By path.
  let files: [SourceFile]
  /// Where the repository lies on this machine; `nil` for planted files.
  let root: String?

  init(planted: [String: String]) {
    files = planted.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
    root = nil
  }

  private init(root: URL) {
    self.root = root.path
    files = Self.paths(under: root).sorted().compactMap { path in
      guard let data = try? Data(contentsOf: root.appending(path: path)),
        !data.contains(0), let text = String(data: data, encoding: .utf8)
      else { return nil }
      return SourceFile(path: path, text: text)
    }
  }

  /// The repository that these tests belong to.
  static let repository: SourceTree = {
    let here = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    return SourceTree(root: here.deletingLastPathComponent().deletingLastPathComponent())
  }()

  /// The file at `path`.
  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  /// Files in `folder`, at any depth, whose name ends in one of `suffixes`.
  func files(in folder: String, _ suffixes: String...) -> [SourceFile] {
    files.filter { $0.path.hasPrefix(folder + "/") && suffixes.contains(String($0.suffix)) }
  }

  /// Files that people wrote and that are not these rules, which name what they forbid.
  var written: [SourceFile] { files.filter { $0.child(of: "Tests") != "HouseRulesTests" } }

  private static let hiddenButOurs: Set = [".ci", ".editorconfig", ".gitignore", ".swift-format"]
  private static let made: Set = ["build", "__pycache__", "node_modules", "Package.resolved"]

  /// Paths of all files but hidden and built ones.
  private static func paths(under root: URL) -> [String] {
    var paths: [String] = []
    var folders = [""]
    while let folder = folders.popLast() {
      let names = try? FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder)
      for name in names ?? [] where !made.contains(name) {
        if name.hasPrefix(".") && !hiddenButOurs.contains(name) { continue }
        let path = folder + name
        let facts = try? root.appending(path: path).resourceValues(forKeys: [.isDirectoryKey])
        if facts?.isDirectory == true { folders.append(path + "/") } else { paths.append(path) }
      }
    }
    return paths
  }
}
