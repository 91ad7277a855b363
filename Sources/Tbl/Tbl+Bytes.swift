extension Tbl {
  /// Bytes that ``Tbl/Encoder`` encodes as bytes; an array of `UInt8` becomes a vector of numbers.
  ///
  /// Other encoders are given the array.
  ///
  /// **Concurrency.** An immutable value, unless it is a variable's.
  public struct Bytes: Hashable, Sendable, Codable {
    /// The bytes.
    public var array: [UInt8]

    /// These bytes.
    public init(_ array: [UInt8] = []) { self.array = array }

    /// Decodes bytes, or an array of numbers that are bytes.
    ///
    /// - Parameter decoder: Any; one of a tbl copies the bytes at once.
    /// - Throws: What the decoder throws when it finds neither.
    /// - Complexity: O(bytes).
    public init(from decoder: any Swift.Decoder) throws {
      array = try decoder.singleValueContainer().decode([UInt8].self)
    }

    /// Encodes the bytes.
    ///
    /// - Parameter encoder: Any; one of a tbl copies the bytes at once.
    /// - Throws: What the encoder throws.
    /// - Complexity: O(bytes).
    public func encode(to encoder: any Swift.Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(array)
    }
  }
}
