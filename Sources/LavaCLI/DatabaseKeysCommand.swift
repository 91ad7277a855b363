import ArgumentParser
import SimDB

/// `lava db keys NAME`.
struct DatabaseKeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "List the keys of a database, one a line.",
    discussion: "Bytes that are not printable text are written as \\xNN, a backslash as \\\\.")

  @OptionGroup var store: DatabaseArguments
  @Option(help: "Only keys that begin with this, written as keys are printed.") var prefix = ""
  @OptionGroup var limit: LimitOption
  @Flag(help: "Print JSON, with type and length of each value.") var json = false

  private struct Row: Encodable {
    let key: String
    let type: String
    let length: Int
  }

  func run() throws {
    let database = try store.openReadOnly()
    let all = try database.keys(prefix: EscapedKey.bytes(prefix))
    let keys = limit.firsts(of: all)
    if json {
      try JSONOutput.print(
        keys.compactMap { key in
          try database.facts(key).map {
            Row(key: EscapedKey.text(key), type: "\($0.type)", length: $0.length)
          }
        })
    } else {
      for key in keys { try Output.print(EscapedKey.text(key)) }
    }
    try LimitOption.tell(all.count - keys.count)
  }
}
