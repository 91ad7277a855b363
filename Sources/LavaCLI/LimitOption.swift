import ArgumentParser

/// How much of a long result is printed.
struct LimitOption: ParsableArguments {
  @Option(help: "Print so many at most, and say on standard error how many were left out.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  /// The first of `all`, after the others were told of.
  func firsts<Element>(of all: [Element]) -> ArraySlice<Element> {
    guard let limit else { return all[...] }
    Self.tell(all.count - limit)
    return all.prefix(limit)
  }

  /// Says how many were left out, where there were any.
  static func tell(_ leftOut: Int) {
    if leftOut > 0 { Terminal.note("… \(leftOut) more") }
  }
}
