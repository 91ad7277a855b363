import SharedMemory

/// The changes of a database's entries, one after the other, for as long as anybody asks for them.
///
/// This is a feed of latest values. Of several changes of one key between two looks the last one
/// counts; whatever is left of it comes. Changes of different keys come in no particular order. A
/// consumer that is slow gets fewer changes and holds nobody up; what waits for it is at most one
/// change a key.
///
/// A structure that programs change in place, such as a queue, comes when its entry is made or
/// deleted.
///
/// **Concurrency.** `Sendable`; each iterator has a view of its own, for one task at a time.
public struct Changes: AsyncSequence, Sendable {
  /// What has become of an entry.
  public typealias Element = Change
  /// Why there will be no more changes.
  public typealias Failure = StoreError

  private let reader: ChangeReader

  init(_ reader: ChangeReader) { self.reader = reader }

  /// Begins where `changes` was called.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader) }

  /// Takes one change after the other.
  ///
  /// **Concurrency.** One task at a time. No thread waits: one of the process sleeps for all that
  /// wait.
  public struct AsyncIterator: AsyncIteratorProtocol {
    /// `nil` at the end.
    private var reader: ChangeReader?
    private var pending: ArraySlice<Change> = []
    /// Not before then, by the monotonic clock: a database that changes all the time is not looked
    /// at all the time.
    private var nextLook: UInt64 = 0

    init(_ reader: ChangeReader) { self.reader = reader }

    /// The next change; suspends until there is one.
    ///
    /// - Returns: `nil` when the task is cancelled, and from then on.
    /// - Throws: `dropped` when the database was dropped, or its file deleted, and all that changed
    ///   before was told; `segmentLost`; `full` in a forked child that finds no row.
    /// - Complexity: O(1) while changes wait. A look takes O(1,024), and O(slots) of those 1,024ths
    ///   of the index in which something has changed; the first one, and any on a read-only
    ///   mapping, takes all of the index.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> Change? {
      do throws(StoreError) {
        while !Task.isCancelled {
          if let change = pending.popFirst() { return change }
          guard reader != nil else { return nil }
          try await look()
        }
      } catch {
        end()
        throw error
      }
      end()
      return nil
    }

    /// Looks for changes, and suspends when there are none, or it has only just looked.
    private mutating func look(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(StoreError) {
      let now = SystemClock.monotonicNanoseconds
      if now < nextLook { return await Self.pause(nextLook - now) }
      // Asked before the look: what was put before the drop is told before the end.
      let end = reader?.end
      try fetch()
      guard pending.isEmpty else { return }
      if let end { throw end }
      guard let arrival = reader?.arrival else { return await Self.pause(Self.pollNanoseconds) }
      let prepared = arrival.prepare()
      // Pair wake: announced first, looked at afterwards.
      try fetch()
      if pending.isEmpty, reader?.end == nil {
        await WaiterThread.shared.wait(arrival.word, while: prepared)
      }
    }

    private mutating func fetch() throws(StoreError) {
      pending = try reader?.look()[...] ?? []
      nextLook = SystemClock.monotonicNanoseconds + Self.restNanoseconds
    }

    /// Suspends for a time; ends early when the task is cancelled, which `next` sees.
    private static func pause(_ nanoseconds: UInt64) async {
      try? await Task.sleep(nanoseconds: nanoseconds)
    }

    /// From one look to the next, at least.
    private static let restNanoseconds: UInt64 = 1_000_000
    /// From one look to the next at a read-only mapping, of whose changes nobody tells.
    private static let pollNanoseconds: UInt64 = 50_000_000

    private mutating func end() {
      reader = nil
      pending = []
    }
  }
}
