import ArgumentParser
import Tbl

/// `lava tbl diff A B`.
struct TblDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say how two documents differ, a line for each path.",
    discussion: """
      The order of keys does not count, nor how elements of vectors lie. Types of numbers do. What only \
      one document has is told once, and not with all that is inside.

      Exits with status 1 when they differ, and with 0 when they do not.
      """)

  @Argument(help: "The first document, or '-' for standard input.") var first: InputFile
  @Argument(help: "The second document, or '-' for standard input.") var second: InputFile
  @OptionGroup var limit: LimitOption
  @Flag(
    help: """
      Print JSON: path, ownVector, kind (onlyInFirst, onlyInSecond, type, shape, value), first, second, \
      and of vectors firstIndex, differing, total.
      """)
  var json = false

  private struct Row: Encodable {
    let path: String
    let ownVector: Bool
    let kind: String
    let first: String?
    let second: String?
    let firstIndex: [Int]?
    let differing: Int?
    let total: Int?

    init(_ difference: Tbl.Difference) {
      path = "\(difference.path)"
      ownVector = difference.isOwnVector
      kind = difference.kind.rawValue
      first = difference.first
      second = difference.second
      firstIndex = difference.elements?.firstIndex
      differing = difference.elements?.count
      total = difference.elements?.total
    }
  }

  func validate() throws {
    if first.isStandardInput, second.isStandardInput {
      throw ValidationError("only one of two documents can come from standard input")
    }
  }

  func run() throws {
    let differences = try first.document().differences(from: second.document())
    let shown = limit.firsts(of: differences)
    if json {
      try JSONOutput.print(shown.map(Row.init))
    } else {
      for difference in shown { try Output.print(Self.line(difference)) }
    }
    try LimitOption.tell(differences.count - shown.count)
    if !differences.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
  }

  private static func line(_ difference: Tbl.Difference) -> String {
    let name = [
      difference.path.parts.isEmpty ? nil : "\(difference.path)",
      difference.isOwnVector ? "(vector)" : nil,
    ]
    .compactMap(\.self).joined(separator: " ")
    let change = "\(difference.first ?? "") → \(difference.second ?? "")"
    return switch difference.kind {
    case .onlyInFirst: "\(name): only in the first: \(difference.first ?? "")"
    case .onlyInSecond: "\(name): only in the second: \(difference.second ?? "")"
    case .type: "\(name): other type: \(change)"
    case .shape: "\(name): other shape: \(change)"
    case .value:
      if let elements = difference.elements {
        "\(name): other elements: \(elements.count) of \(elements.total), the first at "
          + "\(elements.firstIndex.map(String.init).joined(separator: ".")): \(change)"
      } else {
        "\(name): other value: \(change)"
      }
    }
  }
}
