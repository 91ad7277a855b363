import CSharedMemory

/// What the first page of a segment says, checked.
struct SegmentHeader {
  let layout: SegmentLayout
  let hashSeed: UInt64
  let uuid: [UInt8]
  let creationTime: UInt64

  /// `LAVASIMD`.
  private static let magic: [UInt8] = Array("LAVASIMD".utf8)
  private static let byteOrder: UInt32 = 0x0102_0304

  /// Bits of features that a reader must know, and that this build knows.
  private static let knownFeatures: UInt64 = 0
  /// The same for features that only a writer must know. Any other feature may be ignored.
  private static let knownWritingFeatures: UInt64 = 0

  /// Features as errors print them.
  private static func bits(_ mask: UInt64) -> String {
    let numbers = (0..<64).filter { mask >> $0 & 1 != 0 }.map { "bit \($0)" }
    return numbers.isEmpty ? "none" : numbers.joined(separator: ", ")
  }

  /// Fills the header of a segment nobody else can see yet.
  ///
  /// - Throws: `system` when there is no random number.
  static func write(
    _ layout: SegmentLayout, into region: SharedRegion, place: String
  ) throws(StoreError) {
    var header = shm_header()
    var failure: Int32 = 0
    unsafe withUnsafeMutableBytes(of: &header.magic) { unsafe $0.copyBytes(from: magic) }
    header.byte_order = byteOrder
    header.layout_version = UInt32(shm_layout_version)
    unsafe withUnsafeMutableBytes(of: &header.uuid) { bytes in
      failure = unsafe shm_random(bytes.baseAddress, bytes.count)
    }
    unsafe withUnsafeMutableBytes(of: &header.boot_id) { bytes in
      unsafe shm_boot_id(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
    unsafe withUnsafeMutableBytes(of: &header.hash_seed) { bytes in
      failure = min(failure, unsafe shm_random(bytes.baseAddress, bytes.count))
    }
    guard failure == 0 else {
      throw systemError(-failure, call: "getrandom", place: place, remedy: "try again")
    }
    header.creation_time = shm_wall_time()
    header.architecture = shm_architecture()
    header.page_size = 4_096
    header.block_size = UInt32(layout.blockSize)
    header.participant_count = UInt32(layout.participantCount)
    header.lane_count = UInt32(layout.laneCount)
    header.header_size = UInt32(shm_header_size)
    header.block_count = UInt64(layout.blockCount)
    header.maximum_block_count = UInt64(layout.maximumBlockCount)
    header.index_group_count = UInt64(layout.indexGroupCount)
    header.maximum_bytes = UInt64(layout.totalBytes)
    header.participants_offset = UInt64(layout.participantsOffset)
    header.lanes_offset = UInt64(layout.lanesOffset)
    header.changes_offset = UInt64(layout.changesOffset)
    header.index_offset = UInt64(layout.indexOffset)
    header.block_headers_offset = UInt64(layout.blockHeadersOffset)
    header.block_stamps_offset = UInt64(layout.blockStampsOffset)
    header.blocks_offset = UInt64(layout.blocksOffset)
    header.state = 1
    header.committed_block_count = UInt64(layout.blockCount)
    header.index_state = IndexState(groupCount: layout.indexGroupCount).rawValue
    unsafe withUnsafeBytes(of: header) { bytes in
      region.write(unsafe RawSpan(_unsafeBytes: bytes), at: 0)
    }
  }

  /// Reads and checks the header of an open file without mapping it.
  static func read(
    descriptor: Int32, fileSize: UInt64, place: String, writable: Bool
  ) throws(StoreError) -> SegmentHeader {
    func corrupt(_ reason: String) -> StoreError {
      StoreError(
        .corrupt, place: place, reason: reason,
        remedy: "it is not a Lava database or it is damaged; remove its file and create it again")
    }
    func incompatible(_ what: String, found: String, expected: String) -> StoreError {
      StoreError(
        .incompatible, place: place, reason: "its \(what) is \(found), this build has \(expected)",
        remedy:
          "use the version that made it, or stop its users, remove its file and create it again"
      )
    }
    var header = shm_header()
    let wanted = MemoryLayout<shm_header>.size
    let got = unsafe withUnsafeMutableBytes(of: &header) { bytes in
      unsafe shm_read_at(descriptor, bytes.baseAddress, bytes.count, 0)
    }
    guard got == wanted else { throw corrupt("the file has only \(fileSize) bytes") }
    let foundMagic = unsafe withUnsafeBytes(of: header.magic) { unsafe Array(unsafe $0) }
    guard foundMagic == magic else { throw corrupt("it does not begin with LAVASIMD") }
    guard header.byte_order == byteOrder else {
      throw incompatible("byte order", found: "another one", expected: "that of this machine")
    }
    let version = header.layout_version
    guard version == UInt32(shm_layout_version) else {
      throw incompatible(
        "layout version", found: "\(version)", expected: "\(shm_layout_version)")
    }
    guard header.architecture == shm_architecture() else {
      throw incompatible(
        "processor architecture", found: "\(header.architecture)",
        expected: "\(shm_architecture())")
    }
    let features = header.incompatible & ~knownFeatures
    guard features == 0 else {
      throw incompatible(
        "set of features",
        found: "\(bits(header.incompatible)), of which \(bits(features)) "
          + "\(features.nonzeroBitCount == 1 ? "is" : "are") unknown",
        expected: bits(knownFeatures))
    }
    let writing = header.write_incompatible & ~knownWritingFeatures
    guard writing == 0 || !writable else {
      throw StoreError(
        .incompatible, place: place,
        reason: "its set of features for writers is \(bits(header.write_incompatible)), of which "
          + "\(bits(writing)) \(writing.nonzeroBitCount == 1 ? "is" : "are") unknown, this build has "
          + bits(knownWritingFeatures),
        remedy: "attach read-only, which it allows, or use the version that made it")
    }
    let geometry = Geometry(
      blockSize: Int(header.block_size), blockCount: Int(clamping: header.block_count),
      maximumBlockCount: Int(clamping: header.maximum_block_count),
      participantCount: Int(header.participant_count))
    let layout: SegmentLayout
    do throws(StoreError) {
      layout = try SegmentLayout(geometry, place: place)
    } catch {
      throw corrupt("its geometry is impossible: \(error.reason)")
    }
    let agrees =
      header.maximum_bytes == UInt64(layout.totalBytes)
      && header.lane_count == UInt32(layout.laneCount)
      && header.index_group_count == UInt64(layout.indexGroupCount)
      && header.participants_offset == UInt64(layout.participantsOffset)
      && header.lanes_offset == UInt64(layout.lanesOffset)
      && header.changes_offset == UInt64(layout.changesOffset)
      && header.index_offset == UInt64(layout.indexOffset)
      && header.block_headers_offset == UInt64(layout.blockHeadersOffset)
      && header.block_stamps_offset == UInt64(layout.blockStampsOffset)
      && header.blocks_offset == UInt64(layout.blocksOffset)
    guard agrees else { throw corrupt("its offsets contradict its geometry") }
    guard fileSize >= UInt64(layout.totalBytes) else {
      throw corrupt("the file has \(fileSize) bytes, its header says \(layout.totalBytes)")
    }
    guard IndexState(rawValue: header.index_state).isPossible(in: layout) else {
      throw corrupt("its index is in the impossible state \(header.index_state)")
    }
    guard header.committed_block_count >= header.block_count,
      header.committed_block_count <= header.maximum_block_count
    else { throw corrupt("it has \(header.committed_block_count) blocks, which cannot be") }
    return unsafe SegmentHeader(
      layout: layout, hashSeed: header.hash_seed,
      uuid: withUnsafeBytes(of: header.uuid) { unsafe Array($0) },
      creationTime: header.creation_time)
  }
}
