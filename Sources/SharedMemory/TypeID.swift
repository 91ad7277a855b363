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
  /// Many values behind an offset table.
  @inlinable public static var pack: TypeID { TypeID(rawValue: 4) }
  /// A number: a `UInt8`.
  @inlinable public static var u8: TypeID { TypeID(rawValue: 5) }
  /// A number: an `Int8`.
  @inlinable public static var i8: TypeID { TypeID(rawValue: 6) }
  /// A number: a `UInt16`.
  @inlinable public static var u16: TypeID { TypeID(rawValue: 7) }
  /// A number: an `Int16`.
  @inlinable public static var i16: TypeID { TypeID(rawValue: 8) }
  /// A number: a `UInt32`.
  @inlinable public static var u32: TypeID { TypeID(rawValue: 9) }
  /// A number: an `Int32`.
  @inlinable public static var i32: TypeID { TypeID(rawValue: 10) }
  /// A number: a `UInt64`.
  @inlinable public static var u64: TypeID { TypeID(rawValue: 11) }
  /// A number: an `Int64`.
  @inlinable public static var i64: TypeID { TypeID(rawValue: 12) }
  /// A number: a `Float`.
  @inlinable public static var f32: TypeID { TypeID(rawValue: 13) }
  /// A number: a `Double`.
  @inlinable public static var f64: TypeID { TypeID(rawValue: 14) }
  /// A queue of messages.
  @inlinable public static var queue: TypeID { TypeID(rawValue: 16) }
  /// A queue of elements of one size.
  @inlinable public static var elementQueue: TypeID { TypeID(rawValue: 17) }
  /// A queue of elements of one size with one producer and one consumer.
  @inlinable public static var channel: TypeID { TypeID(rawValue: 18) }
  /// A queue of elements of any size.
  @inlinable public static var byteQueue: TypeID { TypeID(rawValue: 19) }
  /// A ring of elements that every subscriber reads.
  @inlinable public static var topic: TypeID { TypeID(rawValue: 20) }
  /// A queue by levels of priority.
  @inlinable public static var priorityQueue: TypeID { TypeID(rawValue: 21) }
  /// A queue by keys.
  @inlinable public static var orderedQueue: TypeID { TypeID(rawValue: 22) }
  /// A stack.
  @inlinable public static var stack: TypeID { TypeID(rawValue: 23) }
  /// A list.
  @inlinable public static var list: TypeID { TypeID(rawValue: 24) }
  /// A sorted set.
  @inlinable public static var set: TypeID { TypeID(rawValue: 25) }
  /// A sorted map.
  @inlinable public static var sortedMap: TypeID { TypeID(rawValue: 26) }
  /// Interned strings.
  @inlinable public static var strings: TypeID { TypeID(rawValue: 27) }
  /// A heap.
  @inlinable public static var heap: TypeID { TypeID(rawValue: 28) }
  /// A table with one writer.
  @inlinable public static var table: TypeID { TypeID(rawValue: 29) }
  /// A hash map of fixed capacity.
  @inlinable public static var hashMap: TypeID { TypeID(rawValue: 30) }
  /// A part of another structure.
  @inlinable public static var part: TypeID { TypeID(rawValue: 31) }
  /// Bytes of any length, published to a queue per subscriber.
  @inlinable public static var byteTopic: TypeID { TypeID(rawValue: 32) }

  /// Whether the bytes are those of a structure that programs change in place.
  public var isStructure: Bool { (16..<1_024).contains(rawValue) }

  /// The type ids of plain numbers, whose bytes are theirs.
  public static var numbers: [TypeID] {
    [.u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .f32, .f64]
  }

  /// The name people see.
  public var description: String {
    switch self {
    case .bytes: "bytes"
    case .utf8: "utf8"
    case .tbl: "tbl"
    case .json: "json"
    case .pack: "pack"
    case .u8: "u8"
    case .i8: "i8"
    case .u16: "u16"
    case .i16: "i16"
    case .u32: "u32"
    case .i32: "i32"
    case .u64: "u64"
    case .i64: "i64"
    case .f32: "f32"
    case .f64: "f64"
    case .queue: "queue"
    case .elementQueue: "element queue"
    case .channel: "channel"
    case .byteQueue: "byte queue"
    case .topic: "topic"
    case .priorityQueue: "priority queue"
    case .orderedQueue: "ordered queue"
    case .stack: "stack"
    case .list: "list"
    case .set: "set"
    case .sortedMap: "sorted map"
    case .strings: "strings"
    case .heap: "heap"
    case .table: "table"
    case .hashMap: "hash map"
    case .part: "part"
    case .byteTopic: "byte topic"
    default: "type \(rawValue)"
    }
  }
}
