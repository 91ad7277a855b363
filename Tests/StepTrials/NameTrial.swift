#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import SimDB
import TestSupport

/// A victim that creates, opens or drops a store, and others who use the same name beside it or after.
struct NameTrial: Sendable, CustomStringConvertible {
  let operation: NameOperation
  let step: Int
  let fate: Victim.Fate
  /// Whether others drop what is there, and create another, or use what is there.
  let beginsAnew: Bool

  var description: String {
    "'\(operation.name)' \(fate.rawValue) at step \(step), others "
      + (beginsAnew ? "begin anew" : "go on")
  }

  /// Makes the trial.
  ///
  /// - Returns: Whether the victim came to its step.
  /// - Throws: ``Failure``, and what the store says.
  func run(on stage: NameStage, _ progress: SharedNumbers) throws -> Bool {
    let child = Victim.start(
      "\(self)", fate, at: step, progress, prepare: { try operation.prepare(stage) },
      phases: [{ try operation.run(stage) }])
    var end = child.wait()
    let isMet = end != .exited(0)
    let isStopped = end == .stopped
    defer { if isStopped { child.signal(SIGKILL) } }
    try require(
      isStopped || end == .exited(0) || end == .killed(SIGKILL), "the victim was \(end)")

    let isDone = progress[Victim.phases] == 1
    let found = try stage.look(guests: isStopped ? 1 : 0)
    try require(
      found == operation.after || !isDone && found == operation.before, "there is \(found)")
    var left = found
    if beginsAnew {
      if try dropFound(found, stage, isStopped: isStopped) { left = try useName(.nothing, stage) }
    } else {
      left = try useName(found, stage)
    }
    if isStopped {
      child.signal(fate == .suspended ? SIGCONT : SIGKILL)
      end = child.wait()
      try require(
        end == (fate == .suspended ? .exited(0) : .killed(SIGKILL)),
        "who was stopped was \(end) in the end")
      // Who goes on comes to the end of what it began, but leaves a store that others have made.
      if fate == .suspended, left == operation.before { left = operation.after }
    }
    if let hasCreated = stage.hasCreated {
      try require(
        hasCreated == (found == .new), "it says that it created: \(hasCreated), found was \(found)")
    }
    let last = try stage.look(guests: 0)
    try require(last == left, "there is \(last) in the end, not \(left)")
    let isDropped =
      found == .before && left == .others || operation.after == .nothing && end == .exited(0)
    try endAll(last, stage, isDropped: isDropped)
    return isMet
  }

  /// Drops what is there.
  ///
  /// - Returns: `false` where the victim keeps everybody from it, which is told.
  private func dropFound(
    _ found: NameOperation.Finding, _ stage: NameStage, isStopped: Bool
  ) throws -> Bool {
    guard found != .nothing else { return true }
    let store = try Database.open(stage.name)
    let isKept = isStopped && RemovalLock(store.path) == nil
    do {
      try store.drop()
    } catch {
      try require(isKept && error.code == .system, "\(error)")
      return false
    }
    try require(!isKept, "it was dropped beside who has the lock")
    return true
  }

  /// Uses the store that is there, or makes one.
  ///
  /// - Returns: What is there now.
  private func useName(
    _ found: NameOperation.Finding, _ stage: NameStage
  ) throws -> NameOperation.Finding {
    let isCreated = try Database.create(stage.name, NameStage.geometry(of: .others))
    try require(isCreated == (found == .nothing), "created: \(isCreated), there was \(found)")
    let store = try Database.open(stage.name)
    if isCreated {
      try store.put(Key.one, NameStage.value.bytes)
      stage.made = store
    }
    try store.put(Key.many, NameStage.value.bytes)
    try store.delete(Key.many)
    return isCreated ? .others : found
  }

  /// Ends what is there, and who was attached to what was there before.
  ///
  /// - Parameter isDropped: Whether that was dropped for certain.
  private func endAll(_ last: NameOperation.Finding, _ stage: NameStage, isDropped: Bool) throws {
    if let user = stage.user {
      try require(
        try user.get(Key.one) == NameStage.value.bytes, "its user does not see the last state")
      let isThere = try stage.unlessDropped { try user.put(Key.one, NameStage.value.bytes) }
      try require(isThere || last != .before, "it was not dropped, its user is told so")
      try require(!isThere || !isDropped, "it was dropped, its user is not told")
      try user.drop()
    }
    // Who drops what is gone leaves alone what has its name.
    let rest = try stage.look(guests: 0)
    try require(rest == (last == .before ? .nothing : last), "after a drop there is \(rest)")
    if rest != .nothing { try Database.open(stage.name).drop() }
    try require(stage.folder.names.isEmpty, "in the folder are \(stage.folder.names)")
  }
}
