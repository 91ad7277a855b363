import ArgumentParser
import Foundation
import SimDB
import Tbl

/// `lava db put NAME KEY [VALUE]`.
struct DatabasePutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put", abstract: "Store a value under a key.",
    discussion: """
      Without VALUE the bytes of standard input are stored. What is said to be utf8, json or tbl must \
      be that; exits with status 2 otherwise.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "The key, as 'lava db keys' prints it.") var key: String
  @Argument(help: "The value, as text.") var value: String?
  @Option(
    help: """
      What it is: bytes, utf8, json, tbl, or the number of a type. (default: utf8 for VALUE, bytes \
      for standard input)
      """)
  var type: TypeName?
  @Flag(help: "Only if there is no entry; exit with status 1 otherwise.") var ifAbsent = false
  @Flag(help: "Print JSON: key, generation, length.") var json = false

  private struct Outcome: Encodable {
    let key: String
    let generation: String
    let length: Int
  }

  func run() throws {
    let database = try store.open()
    let bytes = try value.map { Array($0.utf8) } ?? StandardStreams.input()
    let type = type?.id ?? (value == nil ? .bytes : .utf8)
    try MistypedValue.check(bytes, type)
    let key = EscapedKey.bytes(key)
    let generation: UInt64
    if ifAbsent {
      guard let stored = try database.putIfAbsent(key, bytes, type: type) else {
        throw NotFoundError(text: "database '\(store.name)' has a key '\(self.key)' already")
      }
      generation = stored
    } else {
      generation = try database.put(key, bytes, type: type)
    }
    guard json else { return }
    try JSONOutput.print(
      Outcome(key: EscapedKey.text(key), generation: "\(generation)", length: bytes.count))
  }
}

/// A value that is not of the type that it is said to have.
private struct MistypedValue: ReportedError {
  let text: String
  var status: ExitStatus { .usage }

  /// Throws unless `bytes` are what readers of `type` expect.
  static func check(_ bytes: [UInt8], _ type: TypeID) throws {
    func refuse(_ what: String, _ reason: String) -> MistypedValue {
      MistypedValue(
        text: "the value is not \(what): \(reason); correct it, or store it with --type bytes")
    }
    switch type {
    case .utf8:
      if String(validating: bytes, as: UTF8.self) == nil {
        throw refuse("UTF-8 text", "some of its bytes are no characters")
      }
    case .json:
      do {
        _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      } catch {
        throw refuse("JSON", "it cannot be parsed")
      }
    case .tbl:
      do { _ = try Tbl(validating: bytes) } catch { throw refuse("a tbl", "\(error)") }
    default: break
    }
  }
}

/// A type id by its name or number.
struct TypeName: ExpressibleByArgument {
  let id: TypeID

  init?(argument: String) {
    let named = [TypeID.bytes, .utf8, .json, .tbl].first { $0.description == argument }
    guard let id = named ?? UInt32(argument).map(TypeID.init(rawValue:)) else { return nil }
    self.id = id
  }
}
