/// What a thread works with, lent to that thread.
///
/// No object is retained: a locked instruction for each operation costs more than finding the
/// state.
///
/// **Concurrency.** To be used at once, by the thread that asked for it, whose cache keeps it
/// alive.
@safe @frozen
public struct ThreadState<State: ~Copyable> {
  @usableFromInline let pointer: UnsafeMutablePointer<State>

  @inlinable @inline(__always)
  init(_ pointer: UnsafeMutablePointer<State>) { unsafe self.pointer = pointer }

  /// The state.
  @inlinable
  public var value: State {
    @inline(__always) _read { yield unsafe pointer.pointee }
    @inline(__always) nonmutating _modify { yield unsafe &pointer.pointee }
  }
}
