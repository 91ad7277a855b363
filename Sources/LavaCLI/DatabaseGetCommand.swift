import ArgumentParser
import SharedStructures
import SimDB

/// `lava db get NAME KEY`.
struct DatabaseGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Write the value of a key.",
    discussion: """
      Writes the raw bytes, or, on a terminal and with --show, something readable: text as it is, a \
      tbl as a tree, packs and structures by what they hold, other bytes in hexadecimal.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "The key, as 'lava db keys' prints it.") var key: String
  @Flag(help: "Write something readable, whatever standard output is.") var show = false
  @Flag(help: "Print JSON: key, type, generation, length, value.") var json = false

  func run() throws {
    let database = try store.openReadOnly()
    guard let entry = try database.entry(EscapedKey.bytes(key)) else {
      throw NotFoundError(
        text:
          "database '\(store.name)' has no key '\(key)'; 'lava db keys \(store.name)' lists them")
    }
    if json { return try Output.print(jsonText(of: entry, in: database)) }
    guard show || Terminal.outputIsTerminal else { return try Output.write(entry.bytes) }
    if let value = try database.describe(EscapedKey.bytes(key)) {
      return try Output.print(value.lines.joined(separator: "\n"))
    }
    try Output.print(ReadableValue.text(entry))
  }

  private func jsonText(of entry: Entry, in database: Database) throws -> String {
    struct Head: Encodable {
      let generation: String
      let key: String
      let length: Int
      let type: String
    }
    let head = Head(
      generation: "\(entry.generation)", key: key, length: entry.bytes.count, type: "\(entry.type)")
    if let value = try database.describe(EscapedKey.bytes(key)) {
      return try JSONOutput.line(head).dropLast() + ",\"value\":" + value.json + "}"
    }
    return try JSONOutput.line(head, value: entry)
  }
}
