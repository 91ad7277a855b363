/// A line on the terminal that says what is being measured; nothing where there is no terminal.
struct BenchProgress {
  private let steps: Int
  private let isShown = Terminal.errorIsTerminal

  init(steps: Int) { self.steps = steps }

  /// Says that `title` is measured after so many others.
  func show(_ done: Int, _ title: String) {
    if isShown { Terminal.replaceLine("\(done + 1) of \(steps): \(title)") }
  }

  /// Takes the line away.
  func end() {
    if isShown { Terminal.replaceLine("") }
  }
}
