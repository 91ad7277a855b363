import SharedMemory

/// What the package trait `StepHook` gives this program, if it was built with it.
enum Steps {
  #if STEP_HOOK
    static let areCounted = true

    /// Names of the protections that can be taken away.
    static let protections = Protection.allCases.map { "\($0)" }

    /// Calls `step` before each access to shared memory that `body` makes on this thread.
    static func call(_ step: @escaping () -> Void, during body: () throws -> Void) rethrows {
      try StepHook.call(step, during: body)
    }

    private static func step() { StepHook.step() }

    /// Takes a protection away from all that this process does from now on.
    static func takeAway(_ protection: String) {
      Protection.allCases.first { "\($0)" == protection }?.takeAway()
    }
  #else
    static let areCounted = false
    static let protections: [String] = []

    static func call(_ step: @escaping () -> Void, during body: () throws -> Void) rethrows {
      try body()
    }

    private static func step() {}

    static func takeAway(_ protection: String) {}
  #endif

  /// Reads lent bytes slowly: a piece, some steps of nothing else, and the rest.
  static func read(_ span: RawSpan) -> [UInt8] {
    let half = span.byteCount / 2
    let first = span.extracting(0..<half).array
    for _ in 0..<8 { step() }
    return first + span.extracting(half..<span.byteCount).array
  }
}
