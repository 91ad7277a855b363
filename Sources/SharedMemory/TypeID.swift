/// What an entry's bytes are, so that any viewer knows what it sees.
///
/// Numbers below 1,024 are tabled in `Documentation/MemoryLayout.md`.
///
/// **Concurrency.** A value.
@frozen
public struct TypeID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number in the segment.
  public let rawValue: UInt32

  /// Makes a type id from its number.
  @inlinable
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes of unknown meaning.
  @inlinable public static var bytes: TypeID { TypeID(rawValue: 0) }
  /// UTF-8 text.
  @inlinable public static var utf8: TypeID { TypeID(rawValue: 1) }
  /// A tbl.
  @inlinable public static var tbl: TypeID { TypeID(rawValue: 2) }
  /// JSON text in UTF-8.
  @inlinable public static var json: TypeID { TypeID(rawValue: 3) }
  /// A queue of equal-size cells.
  @inlinable public static var queue: TypeID { TypeID(rawValue: 16) }

  /// Whether the bytes are those of a structure that programs change in place.
  public var isStructure: Bool { (16..<1_024).contains(rawValue) }

  /// The name people see.
  public var description: String {
    switch self {
    case .bytes: "bytes"
    case .utf8: "utf8"
    case .tbl: "tbl"
    case .json: "json"
    case .queue: "queue"
    default: "type \(rawValue)"
    }
  }
}
