import ArgumentParser
import Foundation
import SimDB
import Tbl

/// `lava db get NAME KEY`.
struct DatabaseGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Write the value of a key.",
    discussion: """
      Writes the raw bytes, or, on a terminal and with --show, something readable: text as it is, a \
      tbl as a tree, other bytes in hexadecimal.
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
    if json { return print(try jsonText(of: entry)) }
    guard show || Terminal.outputIsTerminal else { return Terminal.write(entry.bytes) }
    print(ReadableValue.text(entry))
  }

  /// One object; a tbl and JSON are nested as they are, bytes as base64.
  private func jsonText(of entry: Entry) throws -> String {
    struct Head: Encodable {
      let generation: String
      let key: String
      let length: Int
      let type: String
    }
    let head = Head(
      generation: "\(entry.generation)", key: key, length: entry.bytes.count, type: "\(entry.type)")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(head), as: UTF8.self)
    return try text.dropLast() + ",\"value\":" + valueText(of: entry, encoder) + "}"
  }

  private func valueText(of entry: Entry, _ encoder: JSONEncoder) throws -> String {
    switch entry.type {
    case .tbl:
      if let tbl = try? Tbl(validating: entry.bytes) { return tbl.json(pretty: false) }
    case .json:
      if let value = try? JSONSerialization.jsonObject(
        with: Data(entry.bytes), options: .fragmentsAllowed),
        let text = try? JSONSerialization.data(
          withJSONObject: value,
          options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
      {
        return String(decoding: text, as: UTF8.self)
      }
    case .utf8:
      if let text = String(validating: entry.bytes, as: UTF8.self) {
        return String(decoding: try encoder.encode(text), as: UTF8.self)
      }
    default: break
    }
    return #"{"$bytes":""# + Data(entry.bytes).base64EncodedString() + #""}"#
  }
}
