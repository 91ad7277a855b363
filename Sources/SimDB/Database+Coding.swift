import SharedMemory
import Tbl

/// Values that are `Codable`, stored as the tbl that they encode.
///
/// ```swift
/// try database.put("robot", encoding: robot)
/// let robot = try database.get("robot", decoding: Robot.self)
/// ```
extension Database {
  /// Stores the tbl that `value` encodes under `key`, replacing what was there.
  ///
  /// **Concurrency.** As ``put(_:_:type:)``; `value` is encoded before anything is stored.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - value: Anything that encodes itself; `Tbl.Encoder` tells as what.
  ///   - encoder: Encodes it.
  /// - Returns: The generation of the entry, whose type is that of a tbl.
  /// - Throws: `EncodingError` with nothing changed; `StoreError` as ``put(_:_:type:)``.
  /// - Complexity: As `Tbl.Encoder`, and as ``put(_:_:type:)``.
  @inlinable @discardableResult
  public func put<Key: ByteSource & ~Escapable, Value: Encodable>(
    _ key: Key, encoding value: Value, with encoder: Tbl.Encoder = Tbl.Encoder()
  ) throws -> UInt64 {
    try put(key, encoder.encode(value))
  }

  /// The value that the tbl under `key` decodes to, or `nil` when the key is absent.
  ///
  /// **Concurrency.** As ``get(_:)``; what is decoded is a copy that no writer changes.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - type: What the value is to be.
  ///   - decoder: Decodes it.
  /// - Throws: `StoreError` of code `typeMismatch` when the bytes are no tbl, whatever the entry's
  ///   type says, and as ``get(_:)``; `DecodingError` when it is a tbl of something else.
  /// - Complexity: As ``get(_:)``, and O(bytes) to validate and decode them.
  @inlinable
  public func get<Key: ByteSource & ~Escapable, Value: Decodable>(
    _ key: Key, decoding type: Value.Type, with decoder: Tbl.Decoder = Tbl.Decoder()
  ) throws -> Value? {
    guard let table = try key.withBytes({ key throws(StoreError) in try table(of: key) }) else {
      return nil
    }
    return try decoder.decode(type, from: table)
  }

  @usableFromInline
  func table(of key: RawSpan) throws(StoreError) -> Tbl? {
    guard let bytes = try entry(key: key)?.bytes else { return nil }
    do throws(TblError) {
      return try Tbl(validating: bytes)
    } catch {
      throw StoreError(
        .typeMismatch, place: entryPlace(key),
        reason: "its \(bytes.count) bytes are no tbl: at \(error.place), \(error.reason)",
        remedy: "get it as bytes")
    }
  }
}
