/// What went wrong with a segment or an operation on it: a code to decide by, the place, and the
/// remedy.
///
/// A struct, so that codes can be added without breaking a `switch`.
///
/// **Concurrency.** A value.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// Stable name of the code, as `--json` prints it.
    public let rawValue: String

    /// Makes a code from its stable name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// No such database.
    public static let notFound = Code(rawValue: "notFound")
    /// The name is not one a database can have.
    public static let invalidName = Code(rawValue: "invalidName")
    /// A key outside 1 to 65,536 bytes, a geometry that cannot be, or a file that is none.
    public static let invalidArgument = Code(rawValue: "invalidArgument")
    /// The file is not a database, or its bytes contradict each other.
    public static let corrupt = Code(rawValue: "corrupt")
    /// Somebody cut the file short under its users: what was in it is gone. Told instead of a
    /// signal where ``SegmentLoss/survive()`` was called.
    public static let segmentLost = Code(rawValue: "segmentLost")
    /// Another layout version, byte order, architecture or feature set made the file.
    public static let incompatible = Code(rawValue: "incompatible")
    /// Owner or mode of the file or its directory do not allow it to be trusted.
    public static let permission = Code(rawValue: "permission")
    /// The memory file system has no room.
    public static let noRoom = Code(rawValue: "noRoom")
    /// The database has no room for the value, or no free block, index slot, participant row or
    /// lane; the text names which.
    public static let full = Code(rawValue: "full")
    /// A required geometry differs from the existing one.
    public static let geometryMismatch = Code(rawValue: "geometryMismatch")
    /// Writers changed the entry faster than a reader that cannot pin it could copy it, or than it
    /// could be updated.
    public static let contended = Code(rawValue: "contended")
    /// What only one may have at a time, such as an end of a channel, belongs to another who lives.
    public static let inUse = Code(rawValue: "inUse")
    /// The database was dropped, before it could be attached or while it was used.
    public static let dropped = Code(rawValue: "dropped")
    /// The database is attached read-only.
    public static let readOnly = Code(rawValue: "readOnly")
    /// The entry exists and is of another type or layout.
    public static let typeMismatch = Code(rawValue: "typeMismatch")
    /// A process that lives has the one end of a structure that there may be.
    public static let owned = Code(rawValue: "owned")
    /// The system refused a call for a reason of its own; the text names call and reason.
    public static let system = Code(rawValue: "system")
  }

  /// What kind of failure it is.
  public let code: Code
  /// Where it happened: the database, the file, the key.
  public let place: String
  /// What was found there.
  public let reason: String
  /// What the caller or the user can do about it.
  public let remedy: String

  /// Makes an error that says where, what, and the remedy.
  public init(_ code: Code, place: String, reason: String, remedy: String) {
    self.code = code
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  /// `place: reason; remedy`.
  public var description: String { "\(place): \(reason); \(remedy)" }
}
