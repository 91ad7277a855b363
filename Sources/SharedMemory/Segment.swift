import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A mapped file that several processes share: a header, rows for participants and lanes, an index,
/// block headers, and blocks.
///
/// Invariants:
/// - A segment that can be found by name is complete: it was built without one, or under another,
///   and linked into place. One without a name is found by nobody.
/// - Nothing of the file is trusted before magic, version, architecture and geometry were checked.
/// - The mapping stands until the last reference to this object is gone.
///
/// **Concurrency.** `Sendable`; the mapping is shared with other processes.
@safe
public final class Segment: Sendable {
  /// Name for people.
  public let name: String
  /// Path of the file; where it has no name, what the system calls it in lists of mappings.
  public let path: String
  /// Whether the file has, or had, a name by which others find it.
  let isNamed: Bool
  /// Where everything lies.
  public let layout: SegmentLayout
  /// Seed of the key hash.
  public let hashSeed: UInt64
  /// Identity of this segment; a new one of the same name has another.
  public let uuid: [UInt8]
  /// When it was created, in nanoseconds since the Unix epoch.
  public let creationTime: UInt64
  /// Whether this process may write.
  public let isWritable: Bool
  /// How this process takes the memory.
  public let mappingOptions: MappingOptions
  /// All mapped bytes.
  public let region: SharedRegion
  /// Open for as long as the mapping, to test other participants' locks with.
  let descriptor: Int32
  /// How many blocks this process knows to have memory.
  let committed = CommittedBlocks()

  init(
    path: String, header: SegmentHeader, region: SharedRegion, descriptor: Int32, isWritable: Bool,
    isNamed: Bool, mappingOptions: MappingOptions
  ) {
    name = isNamed ? SegmentLocation.displayName(path) : "anonymous"
    self.isNamed = isNamed
    self.mappingOptions = mappingOptions
    self.path = path
    layout = header.layout
    hashSeed = header.hashSeed
    uuid = header.uuid
    creationTime = header.creationTime
    self.isWritable = isWritable
    self.region = region
    self.descriptor = descriptor
    committed.belong(to: self)
    // A header says at least as much; an attacher has checked it.
    committed.know(layout.blockCount, blockSize: layout.blockSize)
    _ = lookForBlocks()
  }

  deinit {
    committed.deallocate()
    unsafe shm_unmap(region.base, UInt64(region.count))
    _ = shm_close(descriptor)
  }

  /// Creates the segment at `path`, complete at once or not at all.
  ///
  /// - Returns: `false` when another creator was first; nothing of theirs is touched.
  /// - Throws: `noRoom` when the file system cannot hold it, `invalidArgument` for an impossible
  ///   geometry, `permission` or `system` for what the system refuses.
  /// - Complexity: O(bytes) of the memory it begins with; O(1) where there is one.
  public static func create(
    path: String, geometry: Geometry, sharing: Sharing = .owner
  ) throws(StoreError) -> Bool {
    let place = "database '\(SegmentLocation.displayName(path))'"
    let layout = try SegmentLayout(geometry, place: place)
    if path.hasPrefix(SegmentLocation.directory + "/") {
      try SegmentLocation.prepareDirectory(for: sharing)
    }
    // Memory is not committed for what will be another's.
    var facts = shm_file_facts()
    if unsafe shm_path_facts(path, &facts) == 0 { return false }
    let file = try NewFile(path, place: place)
    try file.share(with: sharing, place: place)
    let descriptor = file.descriptor
    try commitInitially(layout, descriptor: descriptor, place: place)
    var error: Int32 = 0
    guard let base = unsafe shm_map(descriptor, UInt64(layout.totalBytes), true, &error) else {
      throw systemError(error, call: "mmap", place: place, remedy: "free memory or choose less")
    }
    let region = unsafe SharedRegion(base: base, count: layout.totalBytes)
    defer { unsafe shm_unmap(base, UInt64(layout.totalBytes)) }
    try SegmentHeader.write(layout, into: region, place: place)
    return try file.name(path, place: place)
  }

  /// Attaches to the segment at `path` after checking everything its header says.
  ///
  /// **Concurrency.** Any number at once.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - writable: Whether the mapping can be written; one that cannot takes no row.
  ///   - sharing: Whose file is trusted, besides one of the user's own.
  ///   - options: How to take its memory.
  /// - Throws: `notFound`, `permission`, `corrupt`, `incompatible`, `dropped`, `segmentLost`,
  ///   `noRoom` or `system`.
  /// - Complexity: O(1), and O(bytes) for `options`.
  public static func attach(
    path: String, writable: Bool, sharing: Sharing = .owner, mapping options: MappingOptions = []
  ) throws(StoreError) -> Segment {
    let place = "database '\(SegmentLocation.displayName(path))'"
    if path.hasPrefix(SegmentLocation.directory + "/") {
      try SegmentLocation.checkDirectory(for: sharing)
    }
    let descriptor = unsafe shm_open_file(path, writable)
    guard descriptor >= 0 else { throw openError(-descriptor, path: path, place: place) }
    var keepsDescriptor = false
    defer { if !keepsDescriptor { _ = shm_close(descriptor) } }
    var facts = shm_file_facts()
    let result = unsafe shm_file_facts(descriptor, &facts)
    guard result == 0 else {
      throw systemError(-result, call: "fstat", place: place, remedy: "try again")
    }
    try checkTrust(facts, path: path, place: place, sharing: sharing)
    let header = try SegmentHeader.read(
      descriptor: descriptor, fileSize: facts.size, place: place, writable: writable)
    let region = try map(
      descriptor, count: header.layout.totalBytes, writable: writable, options: options,
      place: place)
    keepsDescriptor = true
    let segment = Segment(
      path: path, header: header, region: region, descriptor: descriptor, isWritable: writable,
      isNamed: true, mappingOptions: options)
    try segment.checkLive()
    try segment.prepareCommittedMemory()
    return segment
  }

  /// Whether nobody has dropped the database.
  @inlinable @inline(__always)
  public var isLive: Bool {
    // Pair segment-dropped: relaxed is enough, a later look sees it.
    region.word(at: shm_header_state).loadRelaxed() == 1
  }

  /// Whether the file has lost its name, be it to ``drop()`` or to somebody who deletes files:
  /// nobody finds it any more. One that never had a name has lost none.
  ///
  /// - Complexity: O(1), a system call.
  public var isRemoved: Bool {
    guard isNamed else { return false }
    var facts = shm_file_facts()
    return unsafe shm_file_facts(descriptor, &facts) == 0 && facts.links == 0
  }

  /// Marks the segment dropped and removes its name. Nobody attaches any more, and whoever is
  /// attached is told by the next operation. A segment that was created under the name meanwhile is
  /// left alone.
  ///
  /// **Concurrency.** Any number at once; those of other processes are waited for, a second at
  /// most.
  ///
  /// - Throws: `readOnly`, or `system` when the name cannot be removed, or another process that is
  ///   stopped has begun to remove it.
  public func drop() throws(StoreError) {
    guard isWritable else {
      throw StoreError(
        .readOnly, place: "database '\(name)'", reason: "it is attached read-only",
        remedy: "attach it for writing to drop it")
    }
    #if STEP_HOOK
      if Protection.nameFirst.isMissing {
        // Pair segment-dropped.
        _ = region.word(at: shm_header_state).compareExchange(1, 2)
      }
    #endif
    // The name first: a dropped segment that has kept it could be neither attached nor created.
    if isNamed { try removeName() }
    // A lost segment stays lost. Pair segment-dropped.
    _ = region.word(at: shm_header_state).compareExchange(1, 2)
  }

  private func removeName() throws(StoreError) {
    var result = tryToRemoveName()
    // Whoever has the lock removes the name, or dies and leaves that to us, or is stopped.
    for _ in 0..<1_000 where result == -EAGAIN {
      usleep(1_000)
      result = tryToRemoveName()
    }
    guard result != -EAGAIN else {
      // Whoever removed the file by hand, and created another, would lose that when it goes on.
      throw StoreError(
        .system, place: "database '\(name)'",
        reason: "another process is dropping it, and has not ended that within a second",
        remedy: "let that process go on if it is stopped, or end it ('lava db stat' lists who is "
          + "attached); then try again")
    }
    guard [0, -ENOENT, -ESTALE, -ELOOP].contains(result) else {
      throw systemError(
        -result, call: "unlink", place: "database '\(name)'", remedy: "remove '\(path)' yourself")
    }
  }

  /// - Returns: 0 or a negative errno: `EAGAIN` while another removes the name.
  private func tryToRemoveName() -> Int32 {
    // One at a time, so that what was compared is what is removed. The lock belongs to a
    // description of its own, which is closed at once.
    let lock = unsafe shm_open_file(path, true)
    guard lock >= 0 else { return lock }
    defer { _ = shm_close(lock) }
    guard shm_same_file(lock, descriptor) else { return -ESTALE }
    #if STEP_HOOK
      if Protection.removalLock.isMissing { return unsafe shm_unlink_own(path, descriptor) }
    #endif
    let locked = shm_lock_byte(lock, 0)
    return locked == 0 ? unsafe shm_unlink_own(path, descriptor) : locked
  }

  private static func openError(_ number: Int32, path: String, place: String) -> StoreError {
    switch number {
    case ENOENT:
      StoreError(
        .notFound, place: place, reason: "there is no '\(path)'",
        remedy: "check the name with 'lava db ls'")
    case ELOOP:
      StoreError(
        .permission, place: place, reason: "'\(path)' is a link",
        remedy: "name the file itself; links are not followed")
    default:
      systemError(
        number, call: "open", place: place, remedy: "check owner and mode of '\(path)'")
    }
  }
}
