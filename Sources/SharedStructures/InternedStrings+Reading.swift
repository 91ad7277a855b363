import SharedMemory
import SimDB

/// Strings by their handles.
extension InternedStrings {
  /// The bytes that a handle stands for.
  ///
  /// **Concurrency.** Wait-free; writes nothing.
  ///
  /// - Returns: A copy of its bytes.
  /// - Throws: `notFound` when it is no handle of these strings, `corrupt`, `segmentLost`.
  /// - Complexity: O(bytes).
  public func bytes(_ handle: StringHandle) throws(StoreError) -> [UInt8] {
    let record = try record(of: handle)
    let bytes = record.region.bytes(at: record.start, count: record.length)
    try self.handle.checkLoss()
    return bytes
  }

  /// The text that a handle stands for; what is not UTF-8 in it is replaced by U+FFFD.
  ///
  /// **Concurrency.** Wait-free; writes nothing.
  ///
  /// - Returns: The text.
  /// - Throws: As ``bytes(_:)``.
  /// - Complexity: O(bytes).
  public func string(_ handle: StringHandle) throws(StoreError) -> String {
    String(decoding: try bytes(handle), as: UTF8.self)
  }

  /// Lends the bytes that a handle stands for, where they lie; on a read-only mapping, which cannot
  /// keep them from being used again when the strings are deleted, a copy.
  ///
  /// **Concurrency.** Wait-free; writes nothing.
  ///
  /// - Returns: What `body` returned.
  /// - Throws: As ``bytes(_:)``; what `body` throws.
  /// - Complexity: O(1); O(bytes) for a copy.
  public func withBytes<Result>(
    _ handle: StringHandle, _ body: (RawSpan) throws -> Result
  ) throws -> Result {
    guard self.handle.database.isWritable else {
      let copy = try bytes(handle)
      return try body(copy.rawSpan)
    }
    let record = try record(of: handle)
    let result = try record.region.withSpan(at: record.start, count: record.length, body)
    try self.handle.checkLoss()
    return result
  }

  private func record(of handle: StringHandle) throws(StoreError) -> StringRecord {
    if let record = try record(StringLink(rawValue: handle.rawValue)) { return record }
    try self.handle.checkLoss()
    throw StoreError(
      .notFound, place: self.handle.place(.strings),
      reason: "\(handle.rawValue) is no handle of a string in it",
      remedy: "use handles with the strings that gave them")
  }
}

/// What the creator of interned strings chooses.
///
/// **Concurrency.** A value.
public struct StringsGeometry: Hashable, Sendable {
  /// Bytes of the first chunk: a power of two from 1 KiB to 1 GiB. Each further one is twice as
  /// large, up to 16 MiB; there are at most 256.
  public var firstChunkSize: Int

  /// Makes a geometry.
  public init(firstChunkSize: Int = 16 << 10) { self.firstChunkSize = firstChunkSize }
}

extension Database {
  /// Attaches to the interned strings named `name`, creating them if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the entry.
  ///   - geometry: What to create when there are none; existing ones keep their own.
  /// - Returns: The strings.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func strings(
    _ name: String, creating geometry: StringsGeometry? = nil
  ) throws(StoreError) -> InternedStrings {
    guard let geometry else {
      return try InternedStrings(structure(name, type: .strings, creating: nil))
    }
    guard InternedStrings.isPossible(chunkSize: geometry.firstChunkSize) else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', strings '\(name)'",
        reason: "a first chunk of \(geometry.firstChunkSize) bytes is not possible",
        remedy: "choose a power of two from 1024 to 1073741824")
    }
    let seed = UInt64.random(in: .min ... .max)
    return try InternedStrings(
      structure(
        name, type: .strings,
        creating: (
          byteCount: StringsLayout.byteCount,
          initialize: { region in
            region.word32(at: 0).storeRelaxed(StringsLayout.version)
            region.word(at: StringsLayout.chunkSize)
              .storeRelaxed(UInt64(geometry.firstChunkSize))
            region.word(at: StringsLayout.seed).storeRelaxed(seed)
          }
        )))
  }
}
