import CSharedMemory

/// What this process does when somebody cuts the file of an attached segment short.
///
/// The kernel answers the next access behind the file's end with the signal `SIGBUS`, which ends a
/// process that does not handle it. Only a program may decide what its signals do, so the library
/// leaves them alone: there, cutting a file short is outside of what is promised. Programs that ask
/// for it go on, and are told by an error.
///
/// **Concurrency.** Any thread, at any time; segments that are attached already are covered.
public enum SegmentLoss {
  /// From now on, the loss of a segment is a `segmentLost` error instead of a signal.
  ///
  /// Installs a handler of `SIGBUS` for the whole process. An access behind the end of a segment's
  /// file turns all of this process's mapping of it into private memory that reads as zero, and
  /// goes on; operations find the header empty, and throw. Every other `SIGBUS` goes to the handler
  /// that was there before. A handler that somebody installs later must pass on what is not its
  /// own, too.
  ///
  /// A body that was lent a value in place reads zeros from that moment on; the call that lent it
  /// throws `segmentLost` when the body has returned.
  ///
  /// - Complexity: O(attached segments) when a segment is lost; nothing otherwise.
  public static func survive() { shm_loss_survive() }
}

/// Where a segment's header says whether the segment is there.
///
/// Whoever has it keeps the segment.
///
/// **Concurrency.** A value; each look is a load.
@frozen
public struct SegmentState: Sendable {
  @usableFromInline let word: AtomicWord

  @inlinable
  init(_ word: AtomicWord) { self.word = word }

  /// As ``Segment/isLive``.
  @inlinable @inline(__always)
  // Pair segment-dropped: relaxed is enough, a later look sees it.
  public var isLive: Bool { word.loadRelaxed() == 1 }

  /// As ``Segment/isLost``.
  @inlinable @inline(__always)
  public var isLost: Bool { word.loadRelaxed() == 0 }
}

extension Segment {
  /// Where its header says whether it is there.
  public var state: SegmentState { SegmentState(region.word(at: shm_header_state)) }

  /// Whether the segment's bytes are gone: its header reads as zero.
  ///
  /// So it does when the file was cut short under a process that survives that, and also when it
  /// was made as long as before afterwards.
  @inlinable @inline(__always)
  public var isLost: Bool { region.word(at: shm_header_state).loadRelaxed() == 0 }

  /// Refuses a segment whose bytes are gone; called before an operation answers what zeros would
  /// make it answer.
  ///
  /// - Throws: `segmentLost`.
  @inlinable @inline(__always)
  public func checkLoss() throws(StoreError) {
    if isLost { throw lossError() }
  }

  /// Refuses a segment that was dropped too: what is changed there nobody will find.
  ///
  /// - Throws: `dropped`, `segmentLost`; `corrupt` where it can be neither.
  @inlinable @inline(__always)
  public func checkLive() throws(StoreError) {
    if !isLive { throw endError() }
  }

  /// What operations throw on a segment that is not live.
  @inline(never)
  public func endError() -> StoreError {
    // Pair segment-dropped: relaxed is enough, a later look sees it.
    let state = region.word(at: shm_header_state).loadRelaxed()
    switch state {
    case 0: return lossError()
    case 1, 2: return droppedError()
    default:
      return StoreError(
        .corrupt, place: "database '\(name)'", reason: "its state is \(state), which is none",
        remedy: "find out who writes there, remove '\(path)' and create the database again")
    }
  }

  /// What operations on a dropped segment throw.
  ///
  /// - Parameter reason: How it is seen, where that says more.
  public func droppedError(_ reason: String = "") -> StoreError {
    StoreError(
      .dropped, place: "database '\(name)'",
      reason: "it was dropped" + (reason.isEmpty ? "" : ": \(reason)"),
      remedy: isNamed ? "open it again" : "create another")
  }

  /// What operations on a lost segment throw.
  @inline(never)
  public func lossError() -> StoreError {
    StoreError(
      .segmentLost, place: "database '\(name)'",
      reason: "'\(path)' was cut short under its users, and what was in it is gone",
      remedy: "find out who did that, remove the file and create the database again")
  }
}
