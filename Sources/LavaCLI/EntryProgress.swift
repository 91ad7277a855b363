/// A line on the terminal that counts entries; nothing where there is no terminal.
struct EntryProgress {
  private let verb: String
  private let isShown = Terminal.errorIsTerminal

  init(_ verb: String) { self.verb = verb }

  func show(_ count: Int) {
    if isShown, count % 4_096 == 0 { Terminal.replaceLine("\(count) entries \(verb)") }
  }

  func end() {
    if isShown { Terminal.replaceLine("") }
  }
}
