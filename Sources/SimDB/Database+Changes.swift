import SharedMemory

extension Database {
  /// The changes of entries whose keys begin with `prefix`, from now on.
  ///
  /// ```swift
  /// for try await change in try database.changes(prefix: "motor/") {
  ///   switch change {
  ///   case .put(let key, _): show(key, try database.get(key))
  ///   case .deleted(let key): remove(key)
  ///   }
  /// }
  /// ```
  ///
  /// The entries that there are come first, in byte order of their keys, so that whoever follows
  /// the feed has what the database has. What changes after this call comes, whenever it is asked
  /// for: intermediate values may be skipped, the last one is not. When the task is cancelled the
  /// sequence ends; when the database is dropped, or somebody deletes its file, it throws
  /// `dropped`.
  ///
  /// **Concurrency.** Any number of consumers in any process. They sleep without CPU, and are woken
  /// by who publishes; while there is one, each put and delete costs a locked instruction and at
  /// times a system call more. A change by a process that is stopped or dies in the middle of it
  /// comes at most 100 ms late. Through a read-only mapping nobody can be asked to wake: there the
  /// consumer looks 20 times a second whether anything was published at all.
  ///
  /// - Parameters:
  ///   - prefix: What the keys begin with.
  ///   - includingPresent: Whether the entries that there are come first.
  /// - Throws: `full` in a forked child that finds no row.
  /// - Complexity: O(slots of the index) in memory and, unless `includingPresent`, in time.
  public func changes(
    prefix: String = "", includingPresent: Bool = true
  ) throws(StoreError) -> Changes {
    try changes(prefix: Array(prefix.utf8), includingPresent: includingPresent)
  }

  /// The changes of entries whose keys begin with the bytes of `prefix`, from now on.
  ///
  /// **Concurrency.** As ``changes(prefix:includingPresent:)-(String,_)``.
  ///
  /// - Throws: As ``changes(prefix:includingPresent:)-(String,_)``.
  /// - Complexity: As ``changes(prefix:includingPresent:)-(String,_)``.
  public func changes(
    prefix: [UInt8], includingPresent: Bool = true
  ) throws(StoreError) -> Changes {
    var reader = try ChangeReader(self, prefix: prefix)
    if !includingPresent { _ = try reader.look() }
    return Changes(reader)
  }
}
