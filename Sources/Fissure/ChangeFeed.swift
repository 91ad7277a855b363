import Inspection
import SharedMemory
import Synchronization

/// Tells listeners when the store changes.
///
/// The store is looked at when a listener asks, at most 20 times a second however many ask; nobody
/// asks while nobody listens, so that an unwatched server costs nothing.
///
/// **Concurrency.** `Sendable`; a lock held while the store is looked at.
final class ChangeFeed: Sendable {
  static let maximumListeners = 16
  /// Between two looks at the store.
  static let lookIntervalNanoseconds: UInt64 = 50_000_000

  /// What was last seen.
  struct Change: Sendable {
    /// Grows with each change that was seen; tells two changes apart.
    var serial: UInt64
    /// The store's count of changes.
    var count: UInt64
    /// When it was seen, in nanoseconds since the Unix epoch.
    var time: UInt64
  }

  private struct State {
    var mark: ChangeMark
    var change: Change
    var nextLook: UInt64
    var listeners = 0
  }

  private let inspector: StoreInspector
  private let state: Mutex<State>

  init(_ inspector: StoreInspector) {
    self.inspector = inspector
    let mark = inspector.changeMark()
    state = Mutex(
      State(
        mark: mark,
        change: Change(serial: 1, count: mark.change, time: SystemClock.wallNanoseconds),
        nextLook: 0))
  }

  /// Takes a listener's place; `false` when all are taken.
  func join() -> Bool {
    state.withLock { state in
      guard state.listeners < Self.maximumListeners else { return false }
      state.listeners += 1
      return true
    }
  }

  /// Gives a listener's place back.
  func leave() { state.withLock { $0.listeners -= 1 } }

  /// The newest change, at most 50 milliseconds old.
  func newest() -> Change {
    state.withLock { state in
      let now = SystemClock.monotonicNanoseconds
      guard now >= state.nextLook else { return state.change }
      state.nextLook = now + Self.lookIntervalNanoseconds
      let mark = inspector.changeMark()
      if mark != state.mark {
        state.mark = mark
        state.change = Change(
          serial: state.change.serial + 1, count: mark.change, time: SystemClock.wallNanoseconds)
      }
      return state.change
    }
  }
}
