// The shape of a table's bytes; Documentation/TblFormat.md draws it.
//
//   0        header, 32 bytes
//   32       the own vector, if any, filled up to a multiple of 8
//            for each entry: the key's bytes, then what its value refers to; filled up to 8
//   entries  24 bytes each, in insertion order
//   index    4 bytes a slot: 0, or the number of an entry plus 1; absent up to 8 entries
//   size
//
// Where entries and index begin follows from `size` and `count`, so a hostile header cannot
// misplace them.

/// Where the parts of one table lie; made only from a checked header.
@usableFromInline
struct Layout: Sendable, BitwiseCopyable {
  /// The bytes "TBL" and 0x1A, which no text begins with.
  @inlinable static var magic: UInt32 { 0x1A4C_4254 }
  @inlinable static var version: UInt16 { 1 }
  @inlinable static var headerBytes: Int { 32 }
  @inlinable static var entryBytes: Int { 24 }
  static let elementBytes = 16
  @inlinable static var largestLinearCount: Int { 8 }
  static let largestRank = 8
  /// A key lies at most this many slots, counting its home, from where its hash points.
  static let maximumProbes = 128
  /// The largest multiple of 8 that 32 bits hold.
  static let maximumBytes = 0xFFFF_FFF8

  // Bytes of the header.
  static let versionOffset = 4
  static let featuresOffset = 6
  /// The feature of a table that has a vector with strides.
  @inlinable static var stridesFeature: UInt8 { 1 }
  @inlinable static var sizeOffset: Int { 8 }
  static let countOffset = 12
  @inlinable static var seedOffset: Int { 16 }
  static let heightOffset = 17
  static let vectorOffset = 20
  // Bytes of an entry.
  static let keyOffset = 4
  static let keyLengthOffset = 8
  static let recordOffset = 12
  static let payloadOffset = 16
  // Bytes of a value element: an entry without its key.
  static let elementRecordOffset = 4

  // Three words: a view has six then, and Swift 6.3 calls a function to let go of a value that must
  // not escape when it has more.
  @usableFromInline let sizeAndCount: UInt64
  @usableFromInline let entriesAndIndex: UInt64
  /// Seed, height and features, a byte each.
  @usableFromInline let marks: UInt32

  /// All bytes of the table.
  @inlinable var size: Int { Int(UInt32(truncatingIfNeeded: sizeAndCount)) }
  /// Entries of the map.
  @inlinable var count: Int { Int(sizeAndCount &>> 32) }
  /// Where the entries begin, and what vectors, keys and children must end before.
  @inlinable var entries: Int { Int(UInt32(truncatingIfNeeded: entriesAndIndex)) }
  /// Where the index begins; `size` when there is none.
  @inlinable var index: Int { Int(entriesAndIndex &>> 32) }
  /// Slots of the index: 0, or a power of two.
  @inline(__always) var slots: Int { (size &- index) &>> 2 }
  /// Seed of the keys' hash.
  @inline(__always) var seed: UInt8 { UInt8(truncatingIfNeeded: marks) }
  /// 1 more than the height of the tallest child; 0 without any.
  @inlinable var height: UInt8 { UInt8(truncatingIfNeeded: marks &>> 8) }
  /// What a reader must know.
  @inline(__always) var features: UInt8 { UInt8(truncatingIfNeeded: marks &>> 16) }

  /// Checks the header of the table that fills `bytes`.
  ///
  /// - Parameter origin: Where the table begins in the outermost document, for errors.
  /// - Parameter heightLimit: The table's height must be below this.
  @inlinable @inline(__always)
  init(of bytes: RawSpan, origin: Int, heightLimit: Int) throws(TblError) {
    let length = bytes.byteCount
    guard length >= Layout.headerBytes else {
      throw Layout.fault(of: bytes, origin: origin, heightLimit: heightLimit)
    }
    // Byte 7 tells of features that a reader need not know.
    let start = bytes.load(UInt64.self, at: 0) & (1 &<< 56 &- 1)
    let end = bytes.load(UInt32.self, at: Layout.seedOffset)
    sizeAndCount = bytes.load(UInt64.self, at: Layout.sizeOffset)
    let size = Int(UInt32(truncatingIfNeeded: sizeAndCount))
    let count = Int(sizeAndCount &>> 32)
    let index = size &- 4 &* Layout.slots(for: count)
    let entries = index &- Layout.entryBytes &* count
    guard
      start & ~(UInt64(Layout.stridesFeature) &<< 48) == Layout.start,
      size == length, size & 7 == 0, entries >= Layout.headerBytes,
      Int(end &>> 8) < heightLimit, end &>> 16 == 0
    else { throw Layout.fault(of: bytes, origin: origin, heightLimit: heightLimit) }
    entriesAndIndex = UInt64(truncatingIfNeeded: entries) | UInt64(truncatingIfNeeded: index) &<< 32
    marks = end | UInt32(truncatingIfNeeded: start &>> 32) & 0xFF_0000
  }

  /// Magic and version, without features.
  @inlinable static var start: UInt64 { UInt64(magic) | UInt64(version) &<< 32 }

  /// What is wrong with a header, in the order of its bytes.
  @usableFromInline @inline(never)
  static func fault(of bytes: RawSpan, origin: Int, heightLimit: Int) -> TblError {
    guard bytes.byteCount >= headerBytes else {
      return TblError(
        .wrongSize, byte: origin, "\(bytes.byteCount) bytes, a header alone has \(headerBytes)")
    }
    guard bytes.load(UInt32.self, at: 0) == magic else {
      return TblError(.notATbl, byte: origin, "no magic")
    }
    let version = bytes.load(UInt16.self, at: versionOffset)
    guard version == Layout.version else {
      return TblError(
        .unsupportedVersion, byte: origin + versionOffset,
        "version \(version), this build reads \(Layout.version)")
    }
    let features = bytes.load(UInt8.self, at: featuresOffset)
    guard features & ~stridesFeature == 0 else {
      return TblError(
        .unsupportedFeature, byte: origin + featuresOffset, "feature bits \(features)")
    }
    let size = bytes.load(UInt32.self, at: sizeOffset)
    guard Int(size) == bytes.byteCount else {
      return TblError(
        .wrongSize, byte: origin + sizeOffset,
        "the header says \(size) bytes, there are \(bytes.byteCount)")
    }
    let count = Int(bytes.load(UInt32.self, at: countOffset))
    guard size % 8 == 0, Int(size) - 4 * slots(for: count) - entryBytes * count >= headerBytes
    else {
      return TblError(
        byte: origin + countOffset, "no room for \(count) entries in \(size) bytes")
    }
    guard Int(bytes.load(UInt8.self, at: heightOffset)) < heightLimit else {
      return TblError(byte: origin + heightOffset, "as tall as the table around it")
    }
    return TblError(byte: origin + heightOffset + 1, "reserved bytes are set")
  }

  /// Slots of the index over `count` entries: none up to 8, else a power of two that leaves at
  /// least half of them empty.
  @inlinable @inline(__always)
  static func slots(for count: Int) -> Int {
    guard count > largestLinearCount else { return 0 }
    return 1 &<< (Int.bitWidth &- (2 &* count &- 1).leadingZeroBitCount)
  }

  /// The least multiple of `alignment`, a power of two, that is not below `offset`.
  @inline(__always)
  static func alignUp(_ offset: Int, _ alignment: Int) -> Int {
    (offset &+ alignment &- 1) & ~(alignment &- 1)
  }
}
