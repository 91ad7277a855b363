extension Tbl {
  /// A UUID (RFC 9562) as documents hold it: its 16 bytes, in the order of its text.
  ///
  /// As a Codable value it becomes ``Tbl/Bytes``.
  ///
  /// **Concurrency.** An immutable value.
  public struct UUID: Hashable, Comparable, Sendable, Codable {
    private let high: UInt64
    private let low: UInt64

    /// The UUID of 16 bytes; nil for any other number of them.
    public init?(bytes: some Collection<UInt8>) {
      guard bytes.count == 16 else { return nil }
      high = bytes.prefix(8).reduce(0) { $0 &<< 8 | UInt64($1) }
      low = bytes.suffix(8).reduce(0) { $0 &<< 8 | UInt64($1) }
    }

    /// The UUID of a text such as `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`; nil when it is none.
    ///
    /// - Parameter text: Letters may be large or small.
    public init?(_ text: String) {
      let groups = text.split(separator: "-", omittingEmptySubsequences: false)
      guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
      let digits = Array(groups.joined().utf8)
      var bytes: [UInt8] = []
      for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else {
          return nil
        }
        bytes.append(high << 4 | low)
      }
      self.init(bytes: bytes)
    }

    /// The UUID of the bytes of a document; nil when there are not 16.
    init?(_ bytes: RawSpan) {
      guard bytes.byteCount == 16 else { return nil }
      high = bytes.load(UInt64.self, at: 0).byteSwapped
      low = bytes.load(UInt64.self, at: 8).byteSwapped
    }

    private static func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
      default: nil
      }
    }

    /// Its 16 bytes, in the order of its text.
    public var bytes: [UInt8] {
      [high, low].flatMap { word in
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
      }
    }

    /// Decodes 16 bytes.
    ///
    /// - Throws: What the decoder throws when it finds no bytes; `dataCorrupted` for another number
    ///   of them.
    public init(from decoder: any Swift.Decoder) throws {
      let bytes = try Bytes(from: decoder).array
      guard let uuid = UUID(bytes: bytes) else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "\(bytes.count) bytes, a UUID has 16"))
      }
      self = uuid
    }

    /// Encodes the bytes.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Swift.Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(Bytes(bytes))
    }

    /// Whether the bytes of `one` come before those of `other`.
    public static func < (one: UUID, other: UUID) -> Bool {
      (one.high, one.low) < (other.high, other.low)
    }
  }
}

extension Tbl.UUID: LosslessStringConvertible {
  /// The text, in small letters.
  public var description: String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }
}

extension Tbl.Builder {
  /// Sets `key` to a UUID, which is 16 bytes.
  public mutating func set(_ key: String, _ uuid: Tbl.UUID) {
    set(key, bytes: uuid.bytes)
  }
}

extension Tbl.Field {
  /// The UUID, when this is 16 bytes.
  ///
  /// - Throws: `TblError` when it is damaged.
  /// - Complexity: O(1); no allocation.
  public func uuid() throws(TblError) -> Tbl.UUID? {
    guard type == .bytes, let part = try bytes() else { return nil }
    return Tbl.UUID(part)
  }
}

extension Tbl.View {
  /// The UUID of `key`, when it is 16 bytes.
  ///
  /// - Throws: `TblError` when what the lookup touches is damaged.
  /// - Complexity: O(length of the key); no allocation.
  public func uuid(_ key: String) throws(TblError) -> Tbl.UUID? {
    guard let field = try field(key) else { return nil }
    return try field.uuid()
  }
}

extension Tbl {
  /// The UUID of `key`, when it is 16 bytes.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func uuid(_ key: String) -> UUID? {
    withTrustedView { view throws(TblError) in try view.uuid(key) }
  }
}
