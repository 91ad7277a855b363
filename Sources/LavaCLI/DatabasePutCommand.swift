import ArgumentParser
import SimDB

/// `lava db put NAME KEY [VALUE]`.
struct DatabasePutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put", abstract: "Store a value under a key.",
    discussion: """
      Without VALUE, and where it is '-', the bytes of standard input are stored. A VALUE that begins \
      with '-' stands behind '--', as in 'lava db put store key -- -5'; the text '-' alone comes from \
      standard input, as in 'printf - | lava db put store key --type utf8'. What is said to be utf8, \
      json, tbl or a number must be that; exits with status 2 otherwise.

      A queue, or another structure, is not replaced, nor what one keeps beside itself: exits with \
      status 2, and says what it is. 'lava db rm' removes it first.

      With --generation nothing is lost that another program stored meanwhile: read the entry, with \
      'lava db get --json', and store in its place what follows from it, or nothing and exit with \
      status 1 when it is another by then.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "The key, as 'lava db keys' prints it.") var key: String
  @Argument(help: "The value, as text.") var value: String?
  @Option(
    help: """
      What it is: bytes, utf8, json, tbl, a number such as u8, i64 or f32, or the number of a type. \
      (default: utf8 for VALUE, bytes for standard input)
      """)
  var type: TypeName?
  @Flag(help: "Only if there is no entry; exit with status 1 otherwise.") var ifAbsent = false
  @Option(help: "Only over the entry of this generation; exit with status 1 otherwise.")
  var generation: UInt64?
  @Flag(help: "Print JSON: key, generation, length.") var json = false

  private struct Outcome: Encodable {
    let key: String
    let generation: String
    let length: Int
  }

  func validate() throws {
    if ifAbsent, generation != nil {
      throw ValidationError("--if-absent and --generation exclude each other; choose one")
    }
  }

  func run() throws {
    let database = try store.open()
    let isText = StandardStreams.isText(value)
    let bytes = try isText ? Array((value ?? "").utf8) : StandardStreams.input()
    let type = type?.id ?? (isText ? .utf8 : .bytes)
    try MistypedValue.check(bytes, type)
    let key = EscapedKey.bytes(key)
    let stored = try put(key, bytes, type, into: database)
    guard json else { return }
    try JSONOutput.print(
      Outcome(key: EscapedKey.text(key), generation: "\(stored)", length: bytes.count))
  }

  private func put(
    _ key: [UInt8], _ bytes: [UInt8], _ type: TypeID, into database: Database
  ) throws -> UInt64 {
    // Replaced is the very entry that was looked at: a structure may come any time.
    for _ in 0..<Self.mostAttempts {
      let found = try database.facts(key)?.generation
      let isOther = ifAbsent ? found != nil : generation != nil && found != generation
      if !isOther {
        if let refusal = try StructureEntry.refusal(toReplace: key, in: database) { throw refusal }
        let stored = try database.compareAndSet(key, bytes, type: type, generation: found)
        if let stored { return stored }
      } else {
        throw OtherEntry(store: store.name, key: self.key, wanted: generation, found: found)
      }
    }
    throw StoreError(
      .contended, place: "database '\(store.name)', entry '\(EscapedKey.text(key))'",
      reason: "others replaced it during each of \(Self.mostAttempts) attempts",
      remedy: "try again")
  }

  private static let mostAttempts = 1_000
}

/// Nothing was stored, because the entry is not the one that was to be replaced.
private struct OtherEntry: ReportedError {
  let store: String
  let key: String
  /// The generation that it was to have; `nil` where there was to be no entry.
  let wanted: UInt64?
  /// The one that it had just now; `nil` where there was none.
  let found: UInt64?

  var status: ExitStatus { .failure }

  var text: String {
    guard let wanted else { return "database '\(store)' has a key '\(key)' already" }
    let state = found.map { "is of generation \($0)" } ?? "is gone"
    return "database '\(store)': the entry of '\(key)' \(state), not of \(wanted); nothing was "
      + "stored; get it again, and begin from there"
  }
}
