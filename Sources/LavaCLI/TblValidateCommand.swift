import ArgumentParser
import Tbl

/// `lava tbl validate FILE...`.
struct TblValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Say whether files are documents, and what kind of ones.",
    discussion: """
      Checks every byte, and says of a document its version, bytes, keys, how many levels of tables \
      are below it, whether it is in canonical form, and the hash of its content, which is the same for \
      all documents of that content; of others what is wrong, and where.

      Exits with status 1 when one is no document, and with 3 when one cannot be read.
      """)

  @Argument(help: "Files, or '-' for standard input.") var files: [InputFile]
  @Flag(
    help: """
      Print a list as JSON: file, valid, version, bytes, keys, height, canonical, contentHash, problem.
      """)
  var json = false

  private struct Row: Encodable {
    let file: String
    let valid: Bool
    var version: Int?
    let bytes: Int?
    var keys: Int?
    var height: Int?
    var canonical: Bool?
    var contentHash: String?
    var problem: String?

    /// A document, or what is none.
    init(_ file: InputFile, _ bytes: [UInt8]) {
      self.file = file.argument
      self.bytes = bytes.count
      do throws(TblError) {
        let document = try Tbl(validating: bytes)
        let canonical = try document.canonical()
        self.canonical = canonical.bytes == bytes
        let hash = String(canonical.hashOfCanonicalBytes, radix: 16)
        contentHash = String(repeating: "0", count: 16 - hash.count) + hash
        version = Tbl.formatVersion
        keys = document.count
        height = document.height
        valid = true
      } catch {
        valid = false
        problem = "\(error.place): \(error.reason)"
      }
    }

    /// A file that cannot be read.
    init(_ file: InputFile, problem: String) {
      self.file = file.argument
      bytes = nil
      valid = false
      self.problem = problem
    }

    var line: String {
      guard valid, let bytes, let keys, let height, let canonical, let contentHash else {
        return "\(file): no tbl: \(problem ?? "")"
      }
      return "\(file): tbl version \(Tbl.formatVersion), \(bytes) bytes, \(keys) "
        + "\(keys == 1 ? "key" : "keys"), height \(height), "
        + "\(canonical ? "" : "not ")canonical, content hash \(contentHash)"
    }
  }

  func validate() throws {
    if files.count(where: \.isStandardInput) > 1 {
      throw ValidationError("only one document can come from standard input")
    }
  }

  func run() throws {
    var status = ExitStatus.success
    var rows: [Row] = []
    for file in files {
      let bytes: [UInt8]
      do {
        bytes = try file.bytes()
      } catch let error as SystemFailure {
        try Output.flush()
        Terminal.error(error.text)
        rows.append(Row(file, problem: error.text))
        status = .environment
        continue
      }
      let row = Row(file, bytes)
      rows.append(row)
      if !json { try Output.print(row.line) }
      if !row.valid, status == .success { status = .failure }
    }
    if json { try JSONOutput.print(rows) }
    if status != .success { throw ExitCode(status.rawValue) }
  }
}
