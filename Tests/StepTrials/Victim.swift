#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A victim that meets its end at some step of an operation.
struct Victim: Sendable, CustomStringConvertible {
  /// What happens to it at its step.
  enum Fate: String, CaseIterable, Sendable {
    case killed
    /// Stopped, and killed when others have done all they may do.
    case stopped
    /// Stopped, and woken up when others have done all they may do.
    case suspended
  }

  let operation: Operation
  /// Before which access to shared memory, or call of the system, from 1.
  let step: Int
  let fate: Fate

  var description: String { "'\(operation.name)' \(fate.rawValue) at step \(step)" }

  /// Forks a process that does the operation.
  ///
  /// - Parameter progress: As of ``start(_:_:at:_:prepare:phases:)``.
  func start(on stage: Stage, _ progress: SharedNumbers) -> Child {
    Self.start(
      "\(self)", fate, at: step, progress, prepare: { try operation.prepare(stage) },
      phases: operation.phases.map { phase in { try phase.run(stage) } })
  }

  /// Forks a process that does `phases`, one after the other.
  ///
  /// - Parameters:
  ///   - name: What it calls itself, where it fails.
  ///   - end: Before which further step it is killed, when it was woken up.
  ///   - progress: Gets the number of phases that it comes to the end of, and of steps when it comes to
  ///     the end of all.
  ///   - prepare: Done before its steps are counted.
  static func start(
    _ name: String, _ fate: Fate, at step: Int, end: Int? = nil, _ progress: SharedNumbers,
    prepare: () throws -> Void, phases: [() throws -> Void]
  ) -> Child {
    progress[Self.phases] = 0
    progress[Self.steps] = 0
    return Child {
      // Whatever it waits for, it does not wait for ever.
      alarm(20)
      let signal = fate == .killed ? SIGKILL : SIGSTOP
      var steps = 0
      do {
        try prepare()
        for (number, phase) in phases.enumerated() {
          try Steps.call {
            steps += 1
            if steps == step { kill(getpid(), signal) }
            if steps == end { kill(getpid(), SIGKILL) }
          } during: {
            try phase()
          }
          progress[Self.phases] = number + 1
        }
        progress[Self.steps] = steps
        return 0
      } catch {
        print("victim of \(name): \(error)")
        fflush(nil)
        return 1
      }
    }
  }

  static let phases = 0
  static let steps = 1
}
