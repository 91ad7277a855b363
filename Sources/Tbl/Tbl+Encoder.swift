extension Tbl {
  /// Makes documents of values that are `Encodable`.
  ///
  /// - A value that encodes keys (a struct, a class, an enum with payloads, a dictionary by text or
  ///   `Int`) becomes a table. Keys stand in the order in which they are encoded, those of nested
  ///   containers after the others. Encoding a key twice is an error.
  /// - An array, a set, a range, and whatever else encodes elements becomes a vector when all of
  ///   them are numbers of one type, truth values, texts, ``Tbl/Bytes`` or tables; else a table
  ///   whose own vector holds the values. Arrays of numbers, truth values and texts are copied at
  ///   once, and keep their type also without elements; other arrays without elements are vectors
  ///   of tables. Arrays of arrays are such values, each a vector, also when all are of one length:
  ///   what is written follows from the type, not from the numbers.
  /// - Numbers are stored as their own type, `Int` as i64 and `UInt` as u64; there is none of 128
  ///   bits.
  /// - An array as the outermost value becomes a document that has only its own vector; a single
  ///   value (a number, a text, nil) one whose own vector is of values and has it as the only
  ///   element. Hence an optional array of optionals, whose only element is nil, is decoded as nil.
  ///
  /// The types of Foundation are unknown here, so they are encoded as they say themselves: `Date`
  /// as a number of seconds, `UUID` and `URL` as text (a `URL` in a table of its own), `Data` as a
  /// vector of u8. The conventions of documents are ``Tbl/Timestamp`` and ``Tbl/UUID``.
  /// ``Tbl/Bytes`` becomes bytes, and a ``Tbl/Tbl`` the table that it is.
  ///
  /// **Concurrency.** A value; one can encode in many threads at a time.
  public struct Encoder: Sendable {
    /// What the values are given to know while they are encoded.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// An encoder without user information.
    public init() {}

    /// The document that `value` encodes.
    ///
    /// - Parameter value: Anything but a number of 128 bits.
    /// - Returns: A document that is valid, and that ``Tbl/Decoder`` decodes to such a value.
    /// - Throws: `EncodingError` that names the coding path, with the `TblError` of a document that
    ///   cannot be built as the underlying error; also when values are nested deeper than a
    ///   document can be. What `value` itself throws.
    /// - Complexity: O(bytes × levels of tables).
    public func encode<T: Encodable>(_ value: T) throws -> Tbl {
      let encoded = try EncodingNode.encoded(value, parent: nil, step: .root, userInfo: userInfo)
      do throws(TblError) {
        return try Tbl.Builder.document(of: encoded)
      } catch {
        throw EncodingError(value, at: [], error)
      }
    }
  }
}

extension EncodingError {
  init(_ value: Any, at path: [any CodingKey], _ reason: String, _ cause: TblError? = nil) {
    self = .invalidValue(
      value,
      Context(
        codingPath: path, debugDescription: "\(path.place): \(reason)", underlyingError: cause))
  }

  init(_ value: Any, at path: [any CodingKey], _ error: TblError) {
    self.init(value, at: path, error.description, error)
  }
}
