import Tbl

/// A record that runtime and viewers agree on. Its tbl opens with `schema`, the version of its
/// members; later versions only add members, so a reader takes any version from its own on.
///
/// **Concurrency.** Conforming types are values.
public protocol SchemaRecord: Hashable, Sendable {
  /// Reads a record; `nil` when a member is missing or of another type.
  init?(_ tbl: Tbl)

  /// The members in order, without `schema`.
  func write(to builder: inout Tbl.Builder)
}

extension SchemaRecord {
  /// The version that this build writes.
  public static var schemaVersion: UInt64 { 1 }

  /// The record as a tbl.
  ///
  /// - Complexity: O(members).
  public var tbl: Tbl {
    var builder = Tbl.Builder()
    builder.set("schema", Self.schemaVersion)
    write(to: &builder)
    do {
      return try builder.finish()
    } catch {
      // Only duplicate keys or 4 GiB of content are refused; a record has neither.
      preconditionFailure("a record did not fit a tbl: \(error)")
    }
  }

  /// Whether `tbl` opens with a version that this build can read.
  static func isReadable(_ tbl: Tbl) -> Bool { (tbl.uint("schema") ?? 0) >= schemaVersion }
}
