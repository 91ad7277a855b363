/// Files above the fence that touch raw memory, each with its reason.
private let exceptions: [String: String] = [
  "Sources/LavaNodes/SystemFile.swift": "open, read and readdir of the system take pointers",
  "Benchmarks/Sources/LavaBenchmarks/ByteQueueLink.swift":
    "bytes are copied as the peers copy them",
  "Benchmarks/Sources/LavaBenchmarks/Crew.swift": "the C helper takes a string",
  "Benchmarks/Sources/LavaBenchmarks/FilledStore.swift": "the C helper asks for a file's size",
  "Benchmarks/Sources/LavaBenchmarks/LavaBenchmarks.swift": "the C helper shares a page",
  "Benchmarks/Sources/LavaBenchmarks/Participants.swift": "the C helper shares a page",
  "Benchmarks/Sources/LavaBenchmarks/StoreActor.swift":
    "keys and values as C structs, as the peers",
  "Benchmarks/Sources/LavaBenchmarks/StoreBenchmark.swift": "the C helper shares a page",
  "Tests/FuzzSubject/Driver.swift": "libFuzzer takes the arguments of a C main and lends pointers",
  "Tests/StepTrials/FileCoverage.swift":
    "calls of the system that have to do with files take paths",
  "Tests/StepTrials/System.swift": "fork has no name in Swift, and mmap and waitpid take pointers",
  "Tests/TblTests/NoMemory.swift": "the heap is used up, and its blocks are pointers",
  "Tests/TestSubject/Child.swift": "fork has no name in Swift",
  "Tests/TestSubject/Users.swift": "setrlimit of the system takes a pointer",
  "Tests/TestSupport/MutableBytes.swift": "a mutable span of an array's bytes is asked for",
  "Tests/TestSupport/RemovalLock.swift": "open of the system takes a path",
  "Tests/TestSupport/SpecialFile.swift": "mkfifo, symlink and bind of the system take pointers",
  "Tests/TestSupport/Scratch.swift": "mkdir and readdir of the system take pointers",
]

extension Rule {
  static let fence = fence(except: exceptions)

  /// Only the targets that hold raw memory say so; whoever else must is listed with the reason.
  static func fence(except exceptions: [String: String]) -> Rule {
    Rule(name: "raw memory stays below the fence", except: exceptions) { file in
      guard file.suffix == "swift", file.mentions(["unsafe", "Unsafe"]),
        !["SharedMemory", "Tbl"].contains(file.child(of: "Sources"))
      else { return [] }
      return file.violations { line in
        line.contains("unsafe") || line.contains("Unsafe") ? "raw memory above the fence" : nil
      }
    }
  }

  /// A comment names an ordering's partner as `Pair label`; the partner carries the same label.
  static let atomicPairs = Rule(name: "every atomic pair has both its ends") { tree in
    var places: [String: [Violation]] = [:]
    for file in tree.files(in: "Sources", "swift", "c", "h") {
      guard file.mentions(["air "]) else { continue }
      for (index, line) in file.lines.enumerated() {
        for label in pairLabels(line) {
          places[label, default: []].append(
            Violation(path: file.path, line: index + 1, text: "pair '\(label)' has no other end"))
        }
      }
    }
    return places.values.filter { $0.count < 2 }.flatMap(\.self).sorted { $0.path < $1.path }
  }

  /// An operation that orders says with whom, in a comment above it, or that there is nobody.
  static let namedOrderings = Rule(name: "every ordering names its partner") { tree in
    tree.files(in: "Sources", "swift").flatMap { file -> [Violation] in
      // Where the operations are made, and not used.
      guard file.name != "AtomicWord.swift" else { return [] }
      return file.lines.indices.compactMap { index in
        guard orders(file.lines[index]) else { return nil }
        let above = file.lines[max(0, index - 8)...index]
        return above.contains { $0.contains(/[Pp]air [a-z]|[Nn]o pair/) }
          ? nil : Violation(path: file.path, line: index + 1, text: "who is at the other end?")
      }
    }
  }

  private static func orders(_ line: Substring) -> Bool {
    guard
      line.contains("Sequential(") || line.contains("ing(") || line.contains("Exchange(")
        || line.contains("setBits(") || line.contains("Fence.") || line.contains("ordering: ."),
      line.firstRange(of: "//").map({ line[..<$0.lowerBound].contains(".") }) ?? true
    else { return false }
    return line.contains(
      /\.(loadAcquiring|loadSequential|storeReleasing|addReleasing|addSequential|exchangeSequential|compareExchange|setBits)\(|Fence\.(acquire|release|sequential)\(\)|ordering: \.(acquiring|releasing|sequentially)/
    )
  }

  /// `tail` of `// Pair tail: ...`, `head` and `wake` of `// Pair head, pair wake.`
  private static func pairLabels(_ line: Substring) -> [String] {
    guard line.contains("air "), let comment = line.firstRange(of: "//") else { return [] }
    return line[comment.upperBound...].matches(
      of: /(?:^|[.,;:(])\s*[Pp]air ([a-z][a-z0-9-]*)(?=[.,:;)]|$)/
    )
    .map { String($0.1) }
  }

  static let layoutAsserts = Rule(name: "the size of every mapped C struct is asserted") { tree in
    tree.files(in: "Sources", "h").filter { $0.name.hasSuffix("layout.h") }.flatMap { file in
      let text = file.lines.joined(separator: "\n")
      let asserts = text.matches(of: /_Static_assert\((.*?)\);/.dotMatchesNewlines())
        .map { String($0.1) }
      return file.violations { line in
        guard let name = line.wholeMatch(of: /struct (\w+) \{/)?.1 else { return nil }
        var sizes = ["sizeof(struct \(name))"]
        for constant in text.matches(of: /(\w+) = sizeof\(struct (\w+)\)/) where constant.2 == name
        {
          sizes.append(String(constant.1))
        }
        return asserts.contains { assert in sizes.contains { assert.contains("\($0) ==") } }
          ? nil : "no _Static_assert says how large \(name) is"
      }
    }
  }
}
