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
struct Layout: Sendable, BitwiseCopyable {
  /// The bytes "TBL" and 0x1A, which no text begins with.
  static let magic: UInt32 = 0x1A4C_4254
  static let version: UInt16 = 1
  static let headerBytes = 32
  static let entryBytes = 24
  static let elementBytes = 16
  static let largestLinearCount = 8
  static let largestRank = 8
  /// A key lies at most this many slots, counting its home, from where its hash points.
  static let maximumProbes = 128
  /// The largest multiple of 8 that 32 bits hold.
  static let maximumBytes = 0xFFFF_FFF8

  // Bytes of the header.
  static let versionOffset = 4
  static let featuresOffset = 6
  /// The feature of a table that has a vector with strides.
  static let stridesFeature: UInt8 = 1
  static let sizeOffset = 8
  static let countOffset = 12
  static let seedOffset = 16
  static let heightOffset = 17
  static let vectorOffset = 20
  // Bytes of an entry.
  static let keyOffset = 4
  static let keyLengthOffset = 8
  static let recordOffset = 12
  // Bytes of a value element: an entry without its key.
  static let elementRecordOffset = 4

  private let sizeWord: UInt32
  private let countWord: UInt32
  private let entriesWord: UInt32
  private let indexWord: UInt32
  let seed: UInt8
  let height: UInt8
  let features: UInt8

  /// All bytes of the table.
  @inline(__always) var size: Int { Int(sizeWord) }
  /// Entries of the map.
  @inline(__always) var count: Int { Int(countWord) }
  /// Where the entries begin, and what vectors, keys and children must end before.
  @inline(__always) var entries: Int { Int(entriesWord) }
  /// Where the index begins; `size` when there is none.
  @inline(__always) var index: Int { Int(indexWord) }
  /// Slots of the index: 0, or a power of two.
  @inline(__always) var slots: Int { (size &- index) &>> 2 }

  /// Checks the header of the table that fills `bytes`.
  ///
  /// - Parameter origin: Where the table begins in the outermost document, for errors.
  /// - Parameter heightLimit: The table's height must be below this.
  init(of bytes: RawSpan, origin: Int, heightLimit: Int) throws(TblError) {
    guard bytes.byteCount >= Layout.headerBytes else {
      throw TblError(
        .wrongSize, byte: origin,
        "\(bytes.byteCount) bytes, a header alone has \(Layout.headerBytes)")
    }
    guard bytes.load(UInt32.self, at: 0) == Layout.magic else {
      throw TblError(.notATbl, byte: origin, "no magic")
    }
    let version = bytes.load(UInt16.self, at: Layout.versionOffset)
    guard version == Layout.version else {
      throw TblError(
        .unsupportedVersion, byte: origin + Layout.versionOffset,
        "version \(version), this build reads \(Layout.version)")
    }
    // The low byte tells of features that a reader must know, the high byte of harmless ones.
    features = bytes.load(UInt8.self, at: Layout.featuresOffset)
    guard features & ~Layout.stridesFeature == 0 else {
      throw TblError(
        .unsupportedFeature, byte: origin + Layout.featuresOffset, "feature bits \(features)")
    }
    sizeWord = bytes.load(UInt32.self, at: Layout.sizeOffset)
    guard Int(sizeWord) == bytes.byteCount else {
      throw TblError(
        .wrongSize, byte: origin + Layout.sizeOffset,
        "the header says \(sizeWord) bytes, there are \(bytes.byteCount)")
    }
    countWord = bytes.load(UInt32.self, at: Layout.countOffset)
    let index = Int(sizeWord) - 4 * Layout.slots(for: Int(countWord))
    let entries = index - Layout.entryBytes * Int(countWord)
    guard entries >= Layout.headerBytes, sizeWord % 8 == 0 else {
      throw TblError(
        byte: origin + Layout.countOffset, "no room for \(countWord) entries in \(sizeWord) bytes")
    }
    indexWord = UInt32(index)
    entriesWord = UInt32(entries)
    seed = bytes.load(UInt8.self, at: Layout.seedOffset)
    height = bytes.load(UInt8.self, at: Layout.heightOffset)
    guard Int(height) < heightLimit else {
      throw TblError(byte: origin + Layout.heightOffset, "as tall as the table around it")
    }
    guard bytes.load(UInt16.self, at: Layout.heightOffset + 1) == 0 else {
      throw TblError(byte: origin + Layout.heightOffset + 1, "reserved bytes are set")
    }
  }

  /// Slots of the index over `count` entries: none up to 8, else a power of two that leaves at
  /// least half of them empty.
  @inline(__always)
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
