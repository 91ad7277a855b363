import Foundation
import LavaNodes

/// A line on the terminal that says how far reading has come; nothing where there is no terminal.
struct ProgressLine {
  private let progress: ReadProgress

  init(_ progress: ReadProgress) { self.progress = progress }

  /// Shows the line from time to time until the task is cancelled, and then takes it away.
  func start() -> Task<Void, Never>? {
    guard Terminal.errorIsTerminal else { return nil }
    return Task { [progress] in
      var isShown = false
      while !Task.isCancelled {
        try? await Task.sleep(nanoseconds: 200_000_000)
        guard !Task.isCancelled, let fraction = progress.fraction else { continue }
        isShown = true
        Terminal.replaceLine(Self.text(fraction, progress.doneBytes, progress.totalBytes))
      }
      if isShown { Terminal.replaceLine("") }
    }
  }

  static func text(_ fraction: Double, _ done: UInt64, _ total: UInt64) -> String {
    let width = 24
    let filled = Int(fraction * Double(width))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(bar) \(Int(fraction * 100)) %  \(size(done)) of \(size(total))"
  }

  private static func size(_ bytes: UInt64) -> String {
    switch bytes {
    case ..<1_024: "\(bytes) B"
    case ..<1_048_576: "\(bytes / 1_024) KiB"
    default: "\(bytes / 1_048_576) MiB"
    }
  }
}
