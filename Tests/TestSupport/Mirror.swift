import SharedMemory
import SimDB

/// What a consumer of a feed of changes believes a database to hold.
public final class Mirror: Sendable {
  private struct State {
    var generations: [[UInt8]: UInt64] = [:]
    var changeCount = 0
    var surprises: [String] = []
    var failure: StoreError?
    var isOver = false
  }

  private let state = LocalMutex(State())
  private let task: Task<Void, Never>

  /// Follows `changes` until they end, or the mirror goes.
  public init(_ changes: Changes) {
    task = Task.detached { [state] in
      do throws(StoreError) {
        for try await change in changes { state.withLock { Self.apply(change, to: &$0) } }
      } catch {
        state.withLock { $0.failure = error }
      }
      state.withLock { $0.isOver = true }
    }
  }

  deinit { task.cancel() }

  private static func apply(_ change: Change, to state: inout State) {
    state.changeCount += 1
    switch change {
    case .put(let key, let generation):
      if state.generations.updateValue(generation, forKey: key) == generation {
        state.surprises.append("\(change) was known")
      }
    case .deleted(let key):
      if state.generations.removeValue(forKey: key) == nil {
        state.surprises.append("\(change) was not there")
      }
    }
  }

  /// Ends the feed.
  public func cancel() { task.cancel() }

  /// Whether the feed has ended.
  public var isOver: Bool { state.withLock { $0.isOver } }
  /// What it ended with, if by an error.
  public var failure: StoreError? { state.withLock { $0.failure } }
  /// How many changes came.
  public var changeCount: Int { state.withLock { $0.changeCount } }
  /// Changes that can have been none.
  public var surprises: [String] { state.withLock { $0.surprises } }

  /// Whether what was told is what the database holds at this moment under keys with `prefix`.
  public func shows(_ database: Database, prefix: String = "") throws -> Bool {
    var found: [[UInt8]: UInt64] = [:]
    for key in try database.keys(prefix: prefix) { found[key] = try database.generation(key) }
    return state.withLock { $0.generations == found }
  }
}
