extension Tbl {
  /// Makes values that are `Decodable` of documents.
  ///
  /// It reads what ``Tbl/Encoder`` writes, and whatever else has the same meaning: numbers of any
  /// type become those of another where that is exact; a vector of numbers, one of values and the
  /// rows of a vector of several dimensions are arrays; bytes are an array of `UInt8` and the other
  /// way round. Keys that nobody asks for, and the own vector of a table that is decoded by keys,
  /// are ignored. A shape without elements is an empty array, whatever its dimensions.
  ///
  /// **Concurrency.** A value; one can decode in many threads at a time.
  public struct Decoder: Sendable {
    /// What the values are given to know while they are decoded.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// A decoder without user information.
    public init() {}

    /// The value that `table` holds.
    ///
    /// - Parameters:
    ///   - type: What the value is to be.
    ///   - table: A document, or a part of one that is a table.
    /// - Returns: The value, which shares nothing with the document.
    /// - Throws: As the form for views.
    /// - Complexity: O(bytes that the value reads).
    public func decode<T: Decodable>(_ type: T.Type, from table: Tbl) throws -> T {
      try table.withView { view in try decode(type, from: view) }
    }

    /// The value that `view` holds, read in place.
    ///
    /// What is decoded is validated before, so that no document whatever takes more time or memory
    /// than its bytes account for. Let no `init(from:)` keep its decoder: using it later stops the
    /// program.
    ///
    /// - Parameters:
    ///   - type: What the value is to be.
    ///   - view: Bytes that anybody may have written, but nobody changes while they are decoded.
    /// - Returns: The value, which shares nothing with the bytes.
    /// - Throws: `DecodingError` that names the coding path and says what was found there:
    ///   `keyNotFound`, `valueNotFound` for nil, `typeMismatch`, and `dataCorrupted` for a number
    ///   that its type does not hold exactly, for values nested too deep, and for damaged bytes,
    ///   with the `TblError` as the underlying error. What the value itself throws.
    /// - Complexity: O(bytes); vectors of numbers are not looked at but for being copied.
    public func decode<T: Decodable>(_ type: T.Type, from view: borrowing View) throws -> T {
      do throws(TblError) {
        try view.validate()
      } catch {
        throw DecodingError.damaged(at: [], error)
      }
      let layout = view.layout
      let document = DecodedDocument(userInfo: userInfo)
      return try document.lend(view.bytes) {
        let root = DecodingNode(
          document, .table(StoredTable(start: 0, layout: layout)), parent: nil, step: .root)
        return try root.decode(type)
      }
    }
  }
}

extension DecodingError {
  static func damaged(at path: [any CodingKey], _ error: TblError) -> DecodingError {
    .dataCorrupted(
      Context(
        codingPath: path, debugDescription: "\(path.place): \(error)", underlyingError: error))
  }
}
