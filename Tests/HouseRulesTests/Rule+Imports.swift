/// What a target of the house stands on.
private struct Storey {
  /// Targets directly below; what these stand on is allowed too.
  var buildsOn: [String] = []
  /// Modules of the system and of other packages.
  var alsoImports: [String] = []
}

/// The house, from the ground up. A new target and a new import is entered here, and thought about.
private let house: [String: Storey] = [
  "CSharedMemory": Storey(),
  "SharedMemory": Storey(
    buildsOn: ["CSharedMemory"], alsoImports: ["Synchronization"] + systemLibraries),
  "Tbl": Storey(),
  "TblArrow": Storey(buildsOn: ["Tbl"]),
  "SimDB": Storey(buildsOn: ["SharedMemory", "Tbl"], alsoImports: ["Synchronization"]),
  "SharedStructures": Storey(buildsOn: ["SimDB"], alsoImports: ["Synchronization"]),
  "Registry": Storey(),
  "LavaSchema": Storey(buildsOn: ["SharedStructures", "Tbl"]),
  "LavaFlow": Storey(buildsOn: ["LavaSchema"], alsoImports: ["Logging", "Synchronization"]),
  "LavaNodes": Storey(
    buildsOn: ["LavaFlow"], alsoImports: ["Synchronization"] + systemLibraries),
  "Inspection": Storey(
    buildsOn: ["LavaSchema", "SharedStructures"], alsoImports: ["Synchronization"]),
  "CFissure": Storey(),
  "Fissure": Storey(
    buildsOn: ["CFissure", "Inspection"],
    alsoImports: ["FlyingFox", "FlyingSocks", "Logging", "Synchronization"] + foundation
      + systemLibraries),
  "Lava": Storey(buildsOn: ["Fissure", "LavaNodes"], alsoImports: foundation),
  "LavaCLI": Storey(
    buildsOn: ["Fissure", "LavaNodes", "TblArrow"],
    alsoImports: ["ArgumentParser", "Dispatch", "Logging", "Synchronization"] + foundation
      + systemLibraries),
]

private let systemLibraries = ["Darwin", "Glibc", "Musl"]
private let foundation = ["Foundation", "FoundationEssentials"]

/// Every module that `target` may import.
private func allowedImports(of target: String) -> Set<String> {
  guard let storey = house[target] else { return [] }
  var allowed = Set(storey.buildsOn + storey.alsoImports)
  var below = storey.buildsOn
  while let next = below.popLast() {
    // A module in C belongs to the one target above it, which keeps its pointers in.
    for module in house[next]?.buildsOn ?? [] where !isInC(module) {
      if allowed.insert(module).inserted { below.append(module) }
    }
  }
  return allowed
}

private func isInC(_ target: String) -> Bool {
  target.hasPrefix("C") && target.dropFirst().first?.isUppercase == true
}

extension Rule {
  static let imports = Rule(name: "imports point downward") { tree in
    tree.files(in: "Sources", "swift").flatMap { file in
      let target = file.child(of: "Sources") ?? ""
      let allowed = allowedImports(of: target)
      return file.violations { line in
        guard let module = importedModule(line), !allowed.contains(module) else { return nil }
        return "\(target) may not import \(module)"
      }
    }
  }

  /// The module that a line imports, if it does.
  private static func importedModule(_ line: Substring) -> String? {
    guard line.contains("import ") else { return nil }
    // Attributes and access come before the word, the kind of one declaration behind it.
    let words = line.split(separator: " ")
    guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
      words[..<at].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains($0) })
    else { return nil }
    let name = importKinds.contains(words[at + 1]) ? words.dropFirst(at + 2).first : words[at + 1]
    return name.map { String($0.prefix { $0 != "." }) }
  }

  private static let accessLevels: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
  private static let importKinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
  ]

  static let includes = Rule(name: "a C target includes only its own files and the system's") {
    tree in
    tree.files(in: "Sources", "c", "h").flatMap { file in
      file.violations { line in
        guard line.hasPrefix("#include \"") else { return nil }
        let name = line.dropFirst(10).prefix { $0 != "\"" }
        let folder = "Sources/\(file.child(of: "Sources") ?? "")"
        if tree.file("\(folder)/\(name)") != nil { return nil }
        if tree.file("\(folder)/include/\(name)") != nil { return nil }
        return "'\(name)' is not a file of this target"
      }
    }
  }

  static let knownTargets = Rule(name: "every target has its place in the house") { tree in
    var known: Set<String> = []
    return tree.files.compactMap { file in
      guard let target = file.child(of: "Sources"), known.insert(target).inserted else {
        return nil
      }
      if house[target] == nil {
        return file.violation("no place for target \(target); see Rule+Imports.swift")
      }
      return allowedImports(of: target).contains(target)
        ? file.violation("target \(target) stands on itself") : nil
    }
  }

  static let packageSettings = Rule(name: "every Swift target is built with the strict settings") {
    tree in
    guard let file = tree.file("Package.swift") else { return [] }
    let text = file.lines.joined(separator: "\n")
    var found = strictSettings.filter { !text.contains($0) }
      .map { file.violation("the settings lack \($0)") }
    for part in text.split(separator: /\.(?:testTarget|executableTarget|target)\(\s*name: "/)
      .dropFirst()
    {
      let name = String(part.prefix { $0 != "\"" })
      if !isInC(name) && !part.contains("swiftSettings: ") {
        found.append(file.violation("target \(name) has no swiftSettings"))
      }
    }
    return found
  }

  private static let strictSettings = [
    ".swiftLanguageMode(.v6)", ".strictMemorySafety()", ".treatAllWarnings(as: .error)",
    ".enableUpcomingFeature(\"ExistentialAny\")",
    ".enableUpcomingFeature(\"MemberImportVisibility\")",
  ]
}
