#if STEP_HOOK
  import Synchronization

  /// A protection of the store that a trial can take away: trials that do not notice say nothing.
  ///
  /// Only a build with the package trait `StepHook` has any of this.
  ///
  /// **Concurrency.** Taken away for the whole process, before its other threads are started.
  public enum Protection: Int, CaseIterable, Sendable {
    /// A reader that has copied looks at the slot again.
    case secondLook = 1
    /// A reader says in its lane what it is being lent.
    case pin
    /// A writer announces what it is about to publish.
    case announcement
    /// Who finds a key in the next table of the index, but has passed a slot before it was frozen,
    /// looks again.
    case settledPath
    /// Who deletes looks whether the table that the tombstone is to name is in use.
    case tombstoneEpoch
    /// A tombstone is taken only by keys of its hash.
    case tombstoneHash
    /// The block of an entry that has arrived in its table is not made live.
    case arrivedBlock
    /// A sweeper that has compared keys looks at the slot again.
    case sweepersLook
    /// Who refuses to store looks at the slot again.
    case refusalLook
    /// A walk looks whether entries have left the table that it has looked at.
    case walkLook
    /// A file has no name before it is complete.
    case namelessFile
    /// Who drops a store takes its name before it says so in the header.
    case nameFirst
    /// Who removes a name has a lock while it compares whose it is.
    case removalLock

    private static let missing = Atomic(0)

    /// Takes the protection away.
    public func takeAway() { Self.missing.store(rawValue, ordering: .relaxed) }

    /// Whether it was taken away.
    public var isMissing: Bool { Self.missing.load(ordering: .relaxed) == rawValue }
  }
#endif
