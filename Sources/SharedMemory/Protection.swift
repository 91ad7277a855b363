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

    private static let missing = Atomic(0)

    /// Takes the protection away.
    public func takeAway() { Self.missing.store(rawValue, ordering: .relaxed) }

    /// Whether it was taken away.
    public var isMissing: Bool { Self.missing.load(ordering: .relaxed) == rawValue }
  }
#endif
