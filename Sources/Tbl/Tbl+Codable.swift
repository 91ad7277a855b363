/// A tbl inside of what is encoded: ``Tbl/Encoder`` embeds it as the table that it is, other
/// encoders are given its bytes as an array.
extension Tbl: Codable {
  /// Decodes a table, or an array of bytes that are a document.
  ///
  /// - Parameter decoder: Any; one of a tbl copies the table as it is.
  /// - Throws: `DecodingError` when there is neither, with the `TblError` of bytes that are no
  ///   document as the underlying error.
  /// - Complexity: O(bytes).
  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      self = try Tbl(validating: container.decode([UInt8].self))
    } catch let error as TblError {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: container.codingPath, debugDescription: error.description,
          underlyingError: error))
    }
  }

  /// Encodes the document.
  ///
  /// - Parameter encoder: Any; one of a tbl embeds the table as it is.
  /// - Throws: What the encoder throws.
  /// - Complexity: O(bytes).
  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bytes)
  }
}
