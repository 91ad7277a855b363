import ArgumentParser
import SharedStructures
import SimDB

/// `lava db get NAME KEY`.
struct DatabaseGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Write the value of a key.",
    discussion: """
      Writes the raw bytes, or, on a terminal and with --show or --limit, something readable: numbers \
      and text as they are, a tbl as a tree, packs and structures by what they hold, other bytes in \
      hexadecimal. Where text goes to a terminal, its control characters are written as \\u{1B}.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "The key, as 'lava db keys' prints it.") var key: String
  @Flag(help: "Write something readable, whatever standard output is.") var show = false
  @Option(
    help: """
      Of a pack or a structure show so many numbers, values or strings at most, and how many more \
      there are; of a tbl so many elements of each vector and keys of each table. (default: 1000, and 8 \
      elements of a vector)
      """)
  var limit: Int?
  @Flag(help: "Print JSON: key, type, generation, length, value.") var json = false

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  private func describe(in database: Database) throws -> DescribedValue? {
    try database.describe(EscapedKey.bytes(key), limit: limit ?? 1_000)
  }

  func run() throws {
    let database = try store.openReadOnly()
    guard let entry = try database.entry(EscapedKey.bytes(key)) else {
      throw NotFoundError(
        text:
          "database '\(store.name)' has no key '\(key)'; 'lava db keys \(store.name)' lists them")
    }
    if json { return try Output.print(jsonText(of: entry, in: database)) }
    guard show || limit != nil || Terminal.outputIsTerminal else {
      return try Output.write(entry.bytes)
    }
    if let value = try describe(in: database) {
      return try Output.print(value.lines.joined(separator: "\n"))
    }
    try Output.print(ReadableValue.text(entry, limit: limit))
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
    if let value = try describe(in: database) {
      return try JSONOutput.line(head).dropLast() + ",\"value\":" + value.json + "}"
    }
    return try JSONOutput.line(head, value: entry)
  }
}
