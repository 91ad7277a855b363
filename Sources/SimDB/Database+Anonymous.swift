import SharedMemory

extension Database {
  /// Creates a database without a name, which nobody can find: for the threads of this process, the
  /// children that it forks, and tests.
  ///
  /// All operations are those of any other database. It is in no list; a process that does not
  /// descend from this one by `fork` cannot attach; and it is gone, with all its memory, when the
  /// last process that has it lets go of it or dies. ``drop()`` refuses it to children that have
  /// not used it yet.
  ///
  /// **Concurrency.** Any thread.
  ///
  /// - Parameters:
  ///   - geometry: Its blocks.
  ///   - options: How this process takes the memory.
  ///   - participant: What lists show for this process; its system name by default.
  /// - Throws: `noRoom`, `invalidArgument`; `system` where the system has no files without a name,
  ///   or no `/proc`.
  /// - Complexity: O(bytes) of the memory that it begins with.
  public static func anonymous(
    _ geometry: Geometry = Geometry(), mapping options: MappingOptions = [],
    as participant: String? = nil
  ) throws(StoreError) -> Database {
    try Database(
      Segment.anonymous(geometry, mapping: options), participantName: participant)
  }
}
