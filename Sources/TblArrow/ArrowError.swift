import Tbl

/// Why bytes are not an Arrow stream that this can read, or why a document cannot become one.
///
/// An error says where (`place`), what (`reason`) and what to do (`remedy`).
///
/// **Concurrency.** An immutable value.
public struct ArrowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; more kinds may come, so a `switch` needs a `default`.
  public enum Code: String, Hashable, Sendable {
    /// The bytes do not begin with the schema of a stream, or with the magic of a file.
    case notAStream
    /// The bytes end within a message.
    case truncated
    /// A message contradicts the format.
    case corrupt
    /// The stream uses a type, a compression or a version that this does not read.
    case unsupported
    /// The document would exceed the limit that was given, or what a document can hold.
    case tooLarge
    /// A value of the document is no column.
    case notAColumn
    /// Columns have different numbers of rows.
    case unequalColumns
    /// The columns cannot be a document; the reason says why.
    case notADocument
  }

  /// The kind of failure.
  public let code: Code
  /// Where: a byte of the stream, or a column.
  public let place: String
  /// What was found there.
  public let reason: String

  /// What to do about it.
  public var remedy: String {
    switch code {
    case .notAStream: "check that these bytes are an Arrow IPC stream or file"
    case .truncated: "pass all bytes of the stream"
    case .corrupt: "have its writer produce it again"
    case .unsupported: "have its writer convert it before"
    case .tooLarge: "allow more bytes, or split the table"
    case .notAColumn: "make it a vector of numbers, truth values, strings or bytes, or remove it"
    case .unequalColumns: "give all columns the same number of rows"
    case .notADocument: "rename or split columns"
    }
  }

  /// Place, reason and remedy in one line.
  public var description: String {
    "arrow, \(place): \(reason); \(remedy)"
  }

  init(_ code: Code, column: String, _ reason: String) {
    self.init(code, place: "column '\(column)'", reason)
  }

  init(_ code: Code, byte: Int, _ reason: String) {
    self.init(code, place: "byte \(byte)", reason)
  }

  /// What the builder of the document said.
  init(_ error: TblError) {
    self.init(
      error.code == .tooLarge ? .tooLarge : .notADocument, place: error.place, error.reason)
  }

  private init(_ code: Code, place: String, _ reason: String) {
    self.code = code
    self.place = place
    self.reason = reason
  }
}
