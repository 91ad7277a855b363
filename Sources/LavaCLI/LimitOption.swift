import ArgumentParser

/// How much of a long result is printed.
struct LimitOption: ParsableArguments {
  @Option(help: "Print so many at most, and say on standard error how many were left out.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  /// Those of `all` that are printed.
  func firsts<Element>(of all: [Element]) -> ArraySlice<Element> { all.prefix(limit ?? all.count) }

  /// Says how many were left out, where there were any, behind what was printed.
  static func tell(_ leftOut: Int) throws {
    guard leftOut > 0 else { return }
    try Output.flush()
    Terminal.note("… \(leftOut) more")
  }
}
