#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedStructures
import SimDB

/// Up to three victims, one after the other, and a survivor who finds what they left.
///
/// One of them may be stopped: it stands still while the others come, and ends last. Where it could
/// have stopped with a cell of a queue, which others then wait for, it must come last.
struct Trial: Sendable, CustomStringConvertible {
  let victims: [Victim]
  /// Whether the survivor sweeps before it does anything else, or after all it does.
  let sweepsFirst: Bool

  var description: String {
    victims.map(\.description).joined(separator: ", then ")
      + (sweepsFirst ? ", then a sweep" : ", then others go on")
  }

  /// Makes the trial.
  ///
  /// - Returns: Whether the last victim came to its step, or else how many it made.
  /// - Throws: ``Failure``, and what the store says.
  func run(on stage: Stage, _ progress: SharedNumbers) throws -> (isMet: Bool, steps: Int) {
    var possible: Set<Contents> = [stage.contents]
    var isMet = false
    var stopped: Child?
    defer { stopped?.signal(SIGKILL) }
    for victim in victims {
      let child = victim.start(on: stage, progress)
      let end = child.wait()
      isMet = end != .exited(0)
      if end == .stopped {
        stopped = child
      } else {
        try require(
          end == .exited(0) || end == .killed(SIGKILL), "\(victim) was \(end) otherwise")
      }
      let completed = progress[Victim.phases]
      possible = possible.reduce(into: []) { set, contents in
        set.formUnion(victim.operation.outcomes(contents, completed: completed))
      }
    }
    let steps = progress[Victim.steps]
    if sweepsFirst {
      try sweep(stage, ended: victims.count - (stopped == nil ? 0 : 1))
      try stage.base.check("after a sweep")
    }
    if let child = stopped {
      try outlast(child, possible, on: stage)
      stopped = nil
    } else {
      try checkContents(possible, of: stage)
      try stage.renew()
      if !sweepsFirst { try sweep(stage, ended: victims.count) }
    }
    try stage.checkAccounts()
    return (isMet, steps)
  }

  private func checkContents(_ possible: Set<Contents>, of stage: Stage) throws {
    let seen = try stage.observe()
    try require(possible.contains(seen), "there is \(seen), possible are \(possible)")
  }

  /// Sweeps after victims of whom `ended` have ended, and the others live.
  private func sweep(_ stage: Stage, ended: Int) throws {
    let dead = try stage.store.sweep()
    try require(dead <= ended, "\(dead) dead were swept, of \(ended)")
  }

  /// Goes on beside a victim that is stopped, then lets it die or go on too.
  private func outlast(_ child: Child, _ possible: Set<Contents>, on stage: Stage) throws {
    if stage.queue == nil { try checkContents(possible, of: stage) }
    // More puts than there are free blocks, so that none of them can be kept.
    let freeBlocks = try stage.store.statistics().freeBlocks
    for _ in 0...freeBlocks / Key.all.count { try stage.useKeys() }
    try stage.checkUse()
    try stage.base.check("beside who is stopped")
    let taken = try passBy(stage)
    try stage.files?.damage()
    let goesOn = victims.contains { $0.fate == .suspended }
    child.signal(goesOn ? SIGCONT : SIGKILL)
    let end = child.wait()
    try require(
      end == (goesOn ? .exited(0) : .killed(SIGKILL)), "who was stopped was \(end) in the end")
    try sweep(stage, ended: victims.count)
    try checkElements(taken + stage.observe().elements)
    try stage.renew()
  }

  /// Nothing may come twice but what two victims pushed.
  private func checkElements(_ elements: [NumberedValue]) throws {
    for (element, all) in Dictionary(grouping: elements, by: \.self) {
      let pushers = Operation.isVictims(element) ? victims.count : 1
      try require(all.count <= pushers, "\(element) came \(all.count) times")
    }
  }

  /// Uses a queue beside a process that may have stopped with a cell of it, and leaves it room.
  ///
  /// - Returns: What was taken.
  private func passBy(_ stage: Stage) throws -> [NumberedValue] {
    guard stage.queue != nil else { return [] }
    var taken: [NumberedValue] = []
    for number in 0..<3 {
      if let element = try stage.take(0) { taken.append(element) }
      _ = try stage.append(NumberedValue(2_000 + number, count: 16), 0)
    }
    while let element = try stage.take(0) { taken.append(element) }
    return taken
  }
}
