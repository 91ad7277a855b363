import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// This process's place in a segment.
///
/// States of a row: `free -> claiming -> active -> free`. Who claims holds the file lock of the
/// row's byte first, so a row in `claiming` without a lock belongs to a process that died, and
/// anyone may set it free again. An `active` row of a dead process becomes free only after a
/// complete sweep.
///
/// **Concurrency.** `Sendable`; the row is this process's alone.
public final class Participant: Sendable {
  static let rowSize = shm_participant_size
  private static let free: UInt64 = 0
  private static let claiming: UInt64 = 1
  private static let active: UInt64 = 2

  /// Whom the row stands for.
  public let identity: ParticipantIdentity
  private let segment: Segment
  private let lockDescriptor: Int32
  private let stateWhileActive: UInt64

  private init(segment: Segment, row: Int, incarnation: UInt64, lockDescriptor: Int32) {
    self.segment = segment
    self.lockDescriptor = lockDescriptor
    identity = ParticipantIdentity(row: row, incarnation: incarnation)
    stateWhileActive = incarnation << 8 | Self.active
  }

  deinit { _ = shm_close(lockDescriptor) }

  /// Claims a row.
  ///
  /// - Parameters:
  ///   - segment: Where.
  ///   - name: What people see in lists; the name of the process where `nil`.
  /// - Throws: `full` when every row is taken, `system` when the file cannot be opened again.
  public static func attach(_ segment: Segment, name: String?) throws(StoreError) -> Participant {
    let descriptor = try segment.openAgain()
    for row in 0..<segment.layout.participantCount {
      let offset = rowOffset(row, segment.layout)
      let word = segment.region.word(at: offset)
      // Pair row-freed: the sweep of the last owner is complete.
      let state = word.loadAcquiring()
      guard state & 0xff == free else { continue }
      let locked = shm_lock_byte(descriptor, UInt64(offset))
      if locked == -EAGAIN { continue }
      guard locked == 0 else {
        _ = shm_close(descriptor)
        throw systemError(
          -locked, call: "fcntl", place: "database '\(segment.name)'",
          remedy: "use a file system with locks of open file descriptions")
      }
      let incarnation = (state >> 8) &+ 1
      // Pair row-freed.
      guard word.compareExchange(state, incarnation << 8 | claiming) else {
        _ = shm_unlock_byte(descriptor, UInt64(offset))
        continue
      }
      fill(row: offset, of: segment.region, name: name)
      // Pair row-active: acquired by `facts`.
      word.storeReleasing(incarnation << 8 | active)
      return Participant(
        segment: segment, row: row, incarnation: incarnation, lockDescriptor: descriptor)
    }
    _ = shm_close(descriptor)
    throw StoreError(
      .full, place: "database '\(segment.name)'",
      reason: "all \(segment.layout.participantCount) participant rows are taken",
      remedy: "stop some of the attached programs or create it with more participants")
  }

  /// Gives the row back; the caller has swept what it held.
  public func release() {
    // The lock first: who finds the row free must get it.
    let offset = Self.rowOffset(identity.row, segment.layout)
    _ = shm_unlock_byte(lockDescriptor, UInt64(offset))
    Self.release(identity, in: segment, from: stateWhileActive)
  }

  /// Says in the row whether this process watches for changes.
  public func setWatching(_ watches: Bool) {
    let offset = Self.rowOffset(identity.row, segment.layout) + shm_participant_watching
    // Pair watch-row: before the segment is told.
    segment.region.word(at: offset).storeReleasing(watches ? identity.rawValue + 1 : 0)
  }

  /// Whether any row says that its process watches for changes, be it alive or not swept yet.
  public static func isAnyWatching(in segment: Segment) -> Bool {
    (0..<segment.layout.participantCount).contains { row in
      let offset = rowOffset(row, segment.layout)
      // Pair row-active.
      let state = segment.region.word(at: offset).loadAcquiring()
      let owner = ParticipantIdentity(row: row, incarnation: state >> 8)
      // Pair watch-row.
      let watching = segment.region.word(at: offset + shm_participant_watching).loadAcquiring()
      // What an earlier owner of the row left names that one.
      return state & 0xff == active && watching == owner.rawValue + 1
    }
  }

  /// Every row in use, dead or alive; rows whose claimer died half-way are set free on the way.
  public static func all(in segment: Segment) -> [ParticipantFacts] {
    let namespace = shm_process_namespaces()
    return (0..<segment.layout.participantCount).compactMap { row in
      facts(row: row, in: segment, namespace: namespace)
    }
  }

  /// Rows in a state that no version of this layout writes, which nobody can have or free.
  public static func impossibleRows(in segment: Segment) -> [(number: Int, state: UInt64)] {
    (0..<segment.layout.participantCount).compactMap { row in
      let state = segment.region.word(at: rowOffset(row, segment.layout)).loadRelaxed()
      return state & 0xff > active ? (row, state) : nil
    }
  }

  /// Whether the participant is attached and its process still runs.
  ///
  /// - Complexity: some system calls.
  public static func isAlive(_ identity: ParticipantIdentity, in segment: Segment) -> Bool {
    guard identity.row < segment.layout.participantCount,
      let facts = facts(row: identity.row, in: segment, namespace: shm_process_namespaces())
    else { return false }
    return facts.identity == identity && facts.isAlive
  }

  /// Frees the row of a dead participant after a complete sweep; `false` when another did.
  @discardableResult
  public static func releaseDead(_ identity: ParticipantIdentity, in segment: Segment) -> Bool {
    // Pair row-active.
    let state = segment.region.word(at: rowOffset(identity.row, segment.layout)).loadAcquiring()
    let owner = ParticipantIdentity(row: identity.row, incarnation: state >> 8)
    guard state & 0xff == active, owner == identity else { return false }
    return release(identity, in: segment, from: state)
  }

  @discardableResult
  private static func release(
    _ identity: ParticipantIdentity, in segment: Segment, from state: UInt64
  ) -> Bool {
    // Pair row-freed: everything that stood under the row was swept before.
    segment.region.word(at: rowOffset(identity.row, segment.layout))
      .compareExchange(state, state & ~0xff | free)
  }

  private static func rowOffset(_ row: Int, _ layout: SegmentLayout) -> Int {
    layout.participantsOffset + row * rowSize
  }

  private static func fill(row offset: Int, of region: SharedRegion, name: String?) {
    let pid = UInt32(getpid())
    region.word32(at: offset + shm_participant_pid).storeRelaxed(pid)
    region.word(at: offset + shm_participant_start_time)
      .storeRelaxed(shm_process_start_time(pid))
    region.word(at: offset + shm_participant_namespace)
      .storeRelaxed(shm_process_namespaces())
    region.word(at: offset + shm_participant_attach_time)
      .storeRelaxed(shm_wall_time())
    region.word(at: offset + shm_participant_boot).storeRelaxed(currentBoot)
    let nameOffset = offset + shm_participant_name
    region.clear(at: nameOffset, count: 64)
    let bytes = Array((name ?? currentProcessName()).utf8.prefix(63))
    unsafe region.write(bytes.span.bytes, at: nameOffset)
  }

  private static func facts(
    row: Int, in segment: Segment, namespace: UInt64
  ) -> ParticipantFacts? {
    let region = segment.region
    let offset = rowOffset(row, segment.layout)
    // Pair row-active: what `fill` wrote is visible.
    let state = region.word(at: offset).loadAcquiring()
    if state & 0xff == claiming, segment.isWritable,
      shm_test_byte(segment.descriptor, UInt64(offset)) == 0
    {
      _ = region.word(at: offset).compareExchange(state, state & ~0xff | free)
    }
    guard state & 0xff == active else { return nil }
    let pid = region.word32(at: offset + shm_participant_pid).loadRelaxed()
    let startTime = region.word(at: offset + shm_participant_start_time)
      .loadRelaxed()
    let home = region.word(at: offset + shm_participant_namespace).loadRelaxed()
    let boot = region.word(at: offset + shm_participant_boot).loadRelaxed()
    let name = region.bytes(at: offset + shm_participant_name, count: 64)
    let attachTime = region.word(at: offset + shm_participant_attach_time)
      .loadRelaxed()
    // Pair row-active: the row was not handed on while it was read.
    Fence.acquire()
    guard region.word(at: offset).loadRelaxed() == state else { return nil }
    return ParticipantFacts(
      identity: ParticipantIdentity(row: row, incarnation: state >> 8), pid: pid,
      name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), startTime: startTime,
      attachTime: attachTime,
      isAlive: isOfThisBoot(boot)
        && isAlive(
          pid: pid, startTime: startTime, sameNamespace: home == namespace && home != unknown,
          lock: (segment.descriptor, UInt64(offset)))
    )
  }

  /// What stands for a namespace or a boot that could not be found out.
  private static let unknown: UInt64 = 0

  /// Whether a process that found `boot` may be of this one: a file may outlive a boot, a process
  /// does not.
  private static func isOfThisBoot(_ boot: UInt64) -> Bool {
    boot == currentBoot || boot == unknown || currentBoot == unknown
  }

  private static let currentBoot: UInt64 = {
    var boot: UInt64 = 0
    var bytes: [UInt8] = Array(repeating: 0, count: 16)
    unsafe bytes.withUnsafeMutableBufferPointer { unsafe shm_boot_id($0.baseAddress) }
    for byte in bytes.prefix(8) { boot = boot << 8 | UInt64(byte) }
    return boot
  }()

  /// In one namespace of pids and of times the process table decides; across namespaces, or where
  /// the table hides the process, the lock does. A process that closed its lock is still alive.
  private static func isAlive(
    pid: UInt32, startTime: UInt64, sameNamespace: Bool, lock: (descriptor: Int32, offset: UInt64)
  ) -> Bool {
    if sameNamespace {
      switch shm_process_liveness(pid, startTime) {
      case shm_alive: return true
      case shm_dead: return false
      default: break
      }
    }
    return shm_test_byte(lock.descriptor, lock.offset) != 0
  }
}

/// The name the system knows this process by.
public func currentProcessName() -> String {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
    unsafe shm_process_name(buffer.baseAddress, 64)
    return unsafe String(cString: buffer.baseAddress!)
  }
}
