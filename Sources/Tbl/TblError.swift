/// Why bytes are not a tbl, or why a builder cannot make one.
///
/// An error says where (`place`), what (`reason`) and what to do (`remedy`).
///
/// **Concurrency.** An immutable value.
public struct TblError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; more kinds may come, so a `switch` needs a `default`.
  public enum Code: String, Hashable, Sendable {
    /// The bytes do not begin with the magic of a tbl.
    case notATbl
    /// The document has a version that this build does not read.
    case unsupportedVersion
    /// The document needs a feature that this build lacks.
    case unsupportedFeature
    /// There are fewer or more bytes than the header says.
    case wrongSize
    /// An offset, length, code or reserved byte contradicts the format.
    case corrupt
    /// The bytes lie at an address at which their elements cannot be lent in place.
    case misaligned
    /// A key was set twice.
    case duplicateKey
    /// The document would exceed what 32-bit offsets reach.
    case tooLarge
    /// Tables are nested deeper than `Tbl.maximumHeight`.
    case tooDeep
    /// A shape does not fit its vector.
    case wrongShape
    /// No seed spreads the keys well enough; in practice only keys made for that do this.
    case collidingKeys
    /// A path leads on from a value that is no table.
    case notATable
    /// A value is of a type that cannot hold what it is to become.
    case wrongType
    /// Text is not JSON, or not as JSON stands for a tbl.
    case notJSON
    /// Text has no columns with as many cells each.
    case notCSV
    /// A number is none that its type holds.
    case outOfRange
    /// What is to stand between two cells has another meaning, or is no ASCII character.
    case unusableSeparator
    /// A type is said of a column that is not there.
    case absentColumn
    /// A number is none, or infinite, where neither can be written.
    case notFinite
  }

  /// The kind of failure.
  public var code: Code { facts.code }
  /// Where: a byte of the outermost document, a key, an element, or line and column of a text.
  public var place: String { facts.place }
  /// What was found there.
  public var reason: String { facts.reason }

  // One word, because every function that can throw makes room for it.
  private let facts: Facts

  private final class Facts: Sendable {
    let code: Code
    let place: String
    let reason: String

    init(_ code: Code, place: String, _ reason: String) {
      self.code = code
      self.place = place
      self.reason = reason
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch code {
    case .notATbl: "check that these bytes are a tbl"
    case .unsupportedVersion, .unsupportedFeature: "read it with a newer Lava"
    case .wrongSize: "pass exactly the bytes of one document"
    case .corrupt: "have its writer produce it again"
    case .misaligned: "copy the elements, or place the document at a multiple of 8"
    case .duplicateKey: "set each key once"
    case .tooLarge: "split the document"
    case .tooDeep: "nest fewer tables"
    case .wrongShape: "give 1 to 8 dimensions whose product is the vector's count"
    case .collidingKeys: "rename some keys"
    case .notATable: "remove the value first, or choose another path"
    case .wrongType: "choose a type that fits there"
    case .notJSON, .notCSV: "correct the text there"
    case .unusableSeparator: "separate cells with a comma, a semicolon or a tab"
    case .absentColumn: "name a column that is there"
    case .notFinite: "choose what not-a-number and infinities become"
    case .outOfRange: "write a number that fits, or choose another type"
    }
  }

  /// Place, reason and remedy in one line.
  public var description: String {
    "tbl, \(place): \(reason); \(remedy)"
  }

  /// - Parameter key: nil for the table as a whole.
  init(_ code: Code, key: String?, _ reason: String) {
    self.init(code, place: key.map { "key '\($0)'" } ?? "the table", reason)
  }

  private init(_ code: Code, place: String, _ reason: String) {
    facts = Facts(code, place: place, reason)
  }

  /// Whether both tell the same.
  public static func == (one: TblError, other: TblError) -> Bool {
    one.code == other.code && one.place == other.place && one.reason == other.reason
  }

  /// Hashes what it tells.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(place)
    hasher.combine(reason)
  }

  /// - Parameter element: The element of a vector; nil for a single value.
  init(_ code: Code, element: Int?, _ reason: String) {
    self.init(code, place: element.map { "element \($0)" } ?? "its value", reason)
  }

  /// A place in a text, told by line and column from 1 on.
  @inline(never)
  init(_ code: Code, in text: [UInt8], at offset: Int, _ reason: String) {
    let before = text[..<min(offset, text.count)]
    let line = before.count { $0 == 0x0A } + 1
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    self.init(code, place: "line \(line), column \(column)", reason)
  }

  /// A byte that can separate no cells.
  init(separator: UInt8) {
    self.init(
      .unusableSeparator, place: "the separator",
      "byte \(separator) has another meaning, or is no ASCII character")
  }

  /// The same failure, seen from the table that holds the failed one under `key`.
  func inside(_ key: String?) -> TblError {
    TblError(code, place: (key.map { "key '\($0)'" } ?? "own vector") + ", " + place, reason)
  }

  /// The same failure, seen from the vector that holds the failed one as an element.
  func inside(element: Int) -> TblError {
    TblError(code, place: "element \(element), " + place, reason)
  }

  /// Out of line, so that the paths that fail cost the others nothing.
  @inline(never)
  init(_ code: Code = .corrupt, byte: Int, _ reason: String) {
    self.init(code, place: "byte \(byte)", reason)
  }
}
