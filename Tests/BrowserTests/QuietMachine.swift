import Foundation
import TestSupport

/// The page promises to say within two seconds that a process died, which a machine that is busy with
/// other tests cannot keep. So the browser waits until these are through.
enum QuietMachine {
  /// Waits until the processors idle for half of a second, or `seconds` have passed.
  static func wait(within seconds: Double) async {
    var last = times()
    try? await waitUntil(within: seconds) {
      guard let before = last, let now = times() else { return true }
      // In hundredths of a second, summed over all processors.
      guard now.all - before.all >= 100 * UInt64(ProcessInfo.processInfo.activeProcessorCount)
      else { return false }
      last = now
      return (now.idle - before.idle) * 2 >= now.all - before.all
    }
  }

  /// What the processors have done since they were started; `nil` where the system does not say.
  private static func times() -> (idle: UInt64, all: UInt64)? {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first
    else { return nil }
    let times = line.split(separator: " ").compactMap { UInt64($0) }
    // User, nice, system, idle, waiting for input and output, interrupts...
    return times.count < 5 ? nil : (times[3] + times[4], times.prefix(8).reduce(0, +))
  }
}
