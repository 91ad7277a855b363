import SharedMemory
import SimDB

/// The values of one entry, one after the other, for as long as anybody asks for them.
///
/// Of several versions between two looks the last one counts.
///
/// **Concurrency.** `Sendable`; each iterator has a view of its own, for one task at a time.
public struct LatestValues<Content: Sendable>: AsyncSequence, Sendable {
  /// A value.
  public typealias Element = Content
  /// Why there will be no more.
  public typealias Failure = StoreError

  private let changes: Changes
  private let key: [UInt8]
  private let load: @Sendable () throws(StoreError) -> Content

  init(
    of name: String, in database: Database,
    load: @escaping @Sendable () throws(StoreError) -> Content
  ) throws(StoreError) {
    changes = try database.changes(prefix: name)
    key = Array(name.utf8)
    self.load = load
  }

  /// Begins with the present value.
  ///
  /// **Concurrency.** Any thread.
  ///
  /// - Returns: An iterator, which begins with the value that stands.
  /// - Complexity: O(1).
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(changes: changes.makeAsyncIterator(), key: key, load: load)
  }

  /// Takes one value after the other.
  ///
  /// **Concurrency.** One task at a time; it suspends, and no thread waits.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var changes: Changes.AsyncIterator
    fileprivate let key: [UInt8]
    fileprivate let load: @Sendable () throws(StoreError) -> Content

    /// The next value; suspends until there is one.
    ///
    /// **Concurrency.** One task at a time.
    ///
    /// - Returns: `nil` when the task is cancelled, and from then on.
    /// - Throws: `dropped` when the database was dropped; as the container's `load`.
    /// - Complexity: As that of `Changes`.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> Content? {
      while let change = try await changes.next(isolation: actor) {
        // The prefix is that of other keys too.
        guard case .put(key, _) = change else { continue }
        do throws(StoreError) {
          return try load()
        } catch {
          // Deleted again before it was looked at: that is a change, too.
          guard error.code == .notFound else { throw error }
        }
      }
      return nil
    }
  }
}
