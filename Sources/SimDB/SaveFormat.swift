import SharedMemory

/// The parts of a file that a database was saved to; `Documentation/SaveFormat.md` draws them.
enum SaveFormat {
  static let magic = Array("LAVASAVE".utf8)
  static let version: UInt32 = 1
  static let headerLength = 64
  /// Bytes before the key of an entry, and of the end.
  static let headLength = 24
  static let entryMark: UInt32 = 0x5952_544e  // NTRY
  static let endMark: UInt32 = 0x5f44_4e45  // END_

  private static let hash = KeyHash(seed: 0)

  static func checksum(_ bytes: [UInt8]) -> UInt64 { hash(bytes.rawSpan) }

  /// Checksum of an entry: the hash of the hashes of its head, key and value.
  static func checksum(head: [UInt8], key: [UInt8], value: [UInt8]) -> UInt64 {
    checksum([head, key, value].flatMap { littleEndian(checksum($0)) })
  }

  static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  static func number<Number: FixedWidthInteger>(
    _ bytes: [UInt8], at offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    (0..<Number.bitWidth / 8).reduce(0) { $0 | Number(bytes[offset + $1]) << ($1 * 8) }
  }

  /// The header of a file that `geometry`'s database is saved to.
  static func header(_ geometry: Geometry) -> [UInt8] {
    var header = magic
    header += littleEndian(version)
    header += littleEndian(UInt32(geometry.blockSize))
    header += littleEndian(UInt64(geometry.blockCount))
    header += littleEndian(UInt64(geometry.participantCount))
    header += littleEndian(SystemClock.wallNanoseconds)
    header += littleEndian(UInt64(geometry.maximumBlockCount))
    header += [UInt8](repeating: 0, count: headerLength - 8 - header.count)
    return header + littleEndian(checksum(header))
  }

  static func head(keyLength: Int, valueLength: Int, type: TypeID) -> [UInt8] {
    var head = littleEndian(entryMark)
    head += littleEndian(UInt32(keyLength))
    head += littleEndian(UInt64(valueLength))
    head += littleEndian(type.rawValue)
    return head + [0, 0, 0, 0]
  }

  static func end(entryCount: Int) -> [UInt8] {
    var end = littleEndian(endMark) + [0, 0, 0, 0]
    end += littleEndian(UInt64(entryCount))
    return end + littleEndian(checksum(end))
  }
}
