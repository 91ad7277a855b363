@_exported import SharedMemory

/// A key-value store in shared memory that any number of processes read and write at once.
///
/// Keys are 1 to 65,536 bytes; values are any bytes up to the size of the store, each with a
/// `TypeID`. A value is seen whole or not at all, and what was put survives the death of the
/// process that put it.
///
/// ```swift
/// let database = try Database.open("telemetry", creating: Geometry())
/// try database.put("motor/left", [1, 2, 3])
/// let value = try database.get("motor/left")
/// ```
///
/// **Concurrency.** `Sendable` and lock-free: no operation waits for another process, nor for
/// another thread but where a thread first writes, ends, or attaches to a structure.
/// Operations are synchronous and never suspend. The process detaches when the last reference goes,
/// which looks at all block headers.
public final class Database: Sendable {
  /// Longest key in bytes.
  public static let maximumKeyLength = 65_536

  let segment: Segment
  let entries: EntryIndex
  let changeTable: ChangeTable
  /// More than any value has: the store's blocks, or what a record's lengths can tell.
  let maximumValueLength: Int
  /// Where this process's attachment is; `nil` where the mapping cannot be written.
  private let place: AttachmentPlace?
  /// The serial of this process's attachment, 0 in a forked child.
  let serialWord: AtomicWord?
  /// The identity of this process's participant plus 1, 0 in a forked child.
  let identityWord: AtomicWord?
  private let participantName: String?

  @inline(__always) var index: SlotIndex { entries.slots }
  @inline(__always) var blocks: BlockTable { entries.blocks }
  @inline(__always) var space: BlockSpace { entries.space }

  /// Name of the database.
  public var name: String { segment.name }
  /// Path of its file; `/memfd:anonymous`, as in the system's lists of mappings, where it has none.
  public var path: String { segment.path }
  /// Identity of this store; one created later under the same name has another.
  public var uuid: [UInt8] { segment.uuid }
  /// Whether operations that write are possible.
  public var isWritable: Bool { segment.isWritable }

  init(_ segment: Segment, participantName: String?) throws(StoreError) {
    self.segment = segment
    entries = EntryIndex(segment)
    changeTable = ChangeTable(segment)
    maximumValueLength = min(
      segment.layout.maximumBlockCount * segment.layout.blockSize,
      RecordLengths.maximumValueLength)
    self.participantName = participantName
    place = segment.isWritable ? try AttachmentPlace() : nil
    serialWord = place?.serial
    identityWord = place?.identity
    guard segment.isWritable else { return }
    _ = try currentAttachment()
    Sweeper(segment).sweep()
  }

  deinit {
    // A forked child that never used the database has nothing to give back.
    place?.current?.detach()
  }

  /// Attaches to a database for reading and writing, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: A name of 1 to 100 letters, digits, `.`, `_`, `-`, or a path with a slash.
  ///   - geometry: What to create when there is no such database; an existing one keeps its own.
  ///   - required: The geometry that it must have, whoever created it; any where `nil`.
  ///   - sharing: Who may use what is created, and whose database is trusted besides the user's
  ///     own.
  ///   - options: How this process takes the memory.
  ///   - participant: What lists show for this process; its system name by default.
  /// - Throws: `notFound`, `invalidName`, `corrupt`, `incompatible`, `permission`, `noRoom`,
  ///   `full`, `segmentLost`; `geometryMismatch`, naming both.
  /// - Complexity: O(participants), and O(blocks) when a dead one has to be swept, or for
  ///   `options`.
  public static func open(
    _ name: String, creating geometry: Geometry? = nil, requiring required: Geometry? = nil,
    sharing: Sharing = .owner, mapping options: MappingOptions = [], as participant: String? = nil
  ) throws(StoreError) -> Database {
    let path = try SegmentLocation.path(of: name)
    var attempts = 0
    while true {
      attempts += 1
      do throws(StoreError) {
        let segment = try Segment.attach(
          path: path, writable: true, sharing: sharing, mapping: options)
        if let required { try require(required, of: segment) }
        return try Database(segment, participantName: participant)
      } catch {
        // Who opens it beside a drop finds it gone the next time, and creates it.
        let isGone = error.code == .notFound || error.code == .dropped && attempts < 100
        guard let geometry, isGone else { throw error }
        _ = try Segment.create(path: path, geometry: geometry, sharing: sharing)
      }
    }
  }

  /// Creates a database unless there is one of that name.
  ///
  /// **Concurrency.** Any number of processes may create at once: one does.
  ///
  /// - Parameters:
  ///   - name: As of ``open(_:creating:requiring:sharing:mapping:as:)``.
  ///   - geometry: Its blocks.
  ///   - sharing: Who may use it.
  /// - Returns: Whether there was none; what there was keeps its geometry and its users.
  /// - Throws: `invalidName`, `invalidArgument`, `permission`, `noRoom`, `system`.
  /// - Complexity: O(bytes) of the memory it begins with; O(1) where there is one.
  public static func create(
    _ name: String, _ geometry: Geometry, sharing: Sharing = .owner
  ) throws(StoreError) -> Bool {
    try Segment.create(
      path: SegmentLocation.path(of: name), geometry: geometry, sharing: sharing)
  }

  /// Whether nobody has dropped the database.
  public var isLive: Bool { segment.isLive }
  /// Whether somebody has cut its file short, so that what was in it is gone; see `SegmentLoss`.
  ///
  /// Every operation tells so by an error, and ``check()`` by a sentence; ``changeCount`` begins
  /// again at 0.
  public var isLost: Bool { segment.isLost }

  /// What the creator of the database chose.
  public var geometry: Geometry { segment.layout.geometry }

  /// Refuses a database whose creator chose another geometry than `wanted`.
  ///
  /// **Concurrency.** A geometry never changes.
  ///
  /// - Throws: `geometryMismatch`, naming both.
  /// - Complexity: O(1).
  public func require(_ wanted: Geometry) throws(StoreError) {
    try Self.require(wanted, of: segment)
  }

  private static func require(_ wanted: Geometry, of segment: Segment) throws(StoreError) {
    let geometry = segment.layout.geometry
    guard geometry != wanted else { return }
    throw StoreError(
      .geometryMismatch, place: "database '\(segment.name)'",
      reason: "it has \(geometry), wanted are \(wanted)",
      remedy: "take it as it is, or stop its users, drop it and create it again")
  }

  /// Attaches to a database through a mapping that cannot be written.
  ///
  /// Nothing in the store shows that the reader is there. Reading copies; `withValue` lends the
  /// copy.
  ///
  /// **Concurrency.** Any number at once; writes nothing.
  ///
  /// - Parameters: As of ``open(_:creating:requiring:sharing:mapping:as:)``.
  /// - Throws: As ``open(_:creating:requiring:sharing:mapping:as:)``.
  /// - Complexity: O(1), and O(blocks) for `options`.
  public static func openReadOnly(
    _ name: String, requiring required: Geometry? = nil, sharing: Sharing = .owner,
    mapping options: MappingOptions = []
  ) throws(StoreError) -> Database {
    let path = try SegmentLocation.path(of: name)
    let segment = try Segment.attach(
      path: path, writable: false, sharing: sharing, mapping: options)
    if let required { try require(required, of: segment) }
    return try Database(segment, participantName: nil)
  }

  /// Removes the database: its name goes, and nobody attaches any more. Those who are attached can
  /// look at its last state until they detach; whatever would change it throws `dropped`.
  ///
  /// **Concurrency.** Any number at once. A database created under the name meanwhile stays.
  ///
  /// - Throws: `readOnly`, `system`.
  /// - Complexity: O(1), a few system calls.
  public func drop() throws(StoreError) {
    try segment.drop()
    changeTable.wakeWatchers()
  }

  /// Finishes or undoes what dead processes left half-done, frees what they held, and brings the
  /// index to its next table where it is on its way to one.
  ///
  /// **Concurrency.** Lock-free; any number of processes may sweep at once.
  ///
  /// - Returns: How many dead participants there were.
  /// - Throws: `readOnly`, `dropped`, `segmentLost`; `corrupt`.
  /// - Complexity: O(participants); O(blocks) when one was dead, or something waits for a pin;
  ///   O(slots of the index) while it moves.
  @discardableResult
  public func sweep() throws(StoreError) -> Int {
    guard isWritable else { throw readOnlyError() }
    let count = Sweeper(segment).sweep()
    try segment.checkLive()
    try entries.finishMoving()
    return count
  }

  /// What an operation answers that found nothing: that there is nothing, unless all is lost.
  @inline(__always)
  func absent<Answer>() throws(StoreError) -> Answer? {
    try segment.checkLoss()
    return nil
  }

  /// What an operation answers that has changed nothing, unless there is nobody to change it for.
  @inline(__always)
  func unchanged<Answer>() throws(StoreError) -> Answer? {
    try segment.checkLive()
    return nil
  }

  /// What an operation answers that found something, unless that lies in what this process itself
  /// has written since all was lost.
  @inline(__always)
  func present<Answer>(_ answer: Answer) throws(StoreError) -> Answer {
    try segment.checkLoss()
    return answer
  }

  /// What the calling thread writes and pins with; to be used at once.
  @inline(__always)
  func writer() throws(StoreError) -> ThreadState<Writer> {
    if let writer = currentWriter() { return writer }
    return try makeWriter()
  }

  /// The calling thread's writer, if it has one already.
  @inline(__always)
  func currentWriter() -> ThreadState<Writer>? {
    guard let serialWord else { return nil }
    return ThreadCache.state(serialWord.loadRelaxed(), as: Writer.self)
  }

  @inline(never)
  private func makeWriter() throws(StoreError) -> ThreadState<Writer> {
    let attachment = try currentAttachment()
    try attachment.makeWriter()
    guard let writer = ThreadCache.state(attachment.serial, as: Writer.self) else {
      throw readOnlyError()
    }
    return writer
  }

  /// The serial of this process's attachment; 0 where there is none.
  @inline(__always)
  var serial: UInt64 { serialWord?.loadRelaxed() ?? 0 }

  /// Whom this process is in the segment.
  func identity() throws(StoreError) -> ParticipantIdentity {
    if let known = identityWord?.loadRelaxed(), known != 0 {
      return ParticipantIdentity(rawValue: known - 1)
    }
    return try currentAttachment().participant.identity
  }

  /// Pins `word` for as long as the result stands.
  func holdLong(_ word: UInt64) throws(StoreError) -> LongPin {
    try currentAttachment().holdLong(word)
  }

  /// This process's attachment, which a forked child makes when it first needs it.
  ///
  /// - Throws: `readOnly`; `full` or `dropped` in a forked child.
  func currentAttachment() throws(StoreError) -> Attachment {
    guard let place else { throw readOnlyError() }
    return try place.get { () throws(StoreError) in
      try Attachment(segment: segment, name: participantName, forkDetector: place.detector)
    }
  }

  func readOnlyError() -> StoreError {
    StoreError(
      .readOnly, place: "database '\(name)'", reason: "it is attached read-only",
      remedy: "open it for writing")
  }
}
