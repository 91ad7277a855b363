import ArgumentParser
import Tbl

/// `lava tbl to-json FILE`.
struct TblToJSONCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "to-json", abstract: "Write a document as JSON.",
    discussion: """
      A table is an object, and an array where it has a vector of its own alone; bytes are \
      {"$bytes": "BASE64"}, and a vector beside keys is under "$vector". 'lava tbl from-json' reads it \
      again; numbers are i64, u64 or f64 then, and of a vector without elements the shape is lost.

      Exits with status 2, and says where, when there is a number that JSON lacks.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Flag(help: "Indent it.") var pretty = false
  @Option(
    help: """
      What becomes of not-a-number and infinities: 'refuse', 'null', or 'text', which is "NaN", \
      "Infinity" and "-Infinity".
      """)
  var nonFinite = NonFiniteOption.refuse
  @OptionGroup var output: OutputFile

  func run() throws {
    let document = try file.document()
    var text: [UInt8]
    do {
      text = try document.jsonBytes(pretty: pretty, nonFinite: nonFinite.choice)
    } catch {
      throw DocumentFailure(
        error, place: file.place,
        remedy: error.code == .notFinite ? "choose --non-finite null or text" : nil)
    }
    text.append(UInt8(ascii: "\n"))
    try output.write(text: text)
  }
}

/// What becomes of numbers that JSON lacks.
enum NonFiniteOption: String, ExpressibleByArgument, CaseIterable {
  case refuse
  case null
  case text

  var choice: Tbl.NonFinite {
    switch self {
    case .refuse: .refused
    case .null: .null
    case .text: .text
    }
  }
}
