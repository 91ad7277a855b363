import ArgumentParser
import Tbl

/// How much of a document is shown as a tree.
struct TreeLimitOption: ParsableArguments {
  @Option(
    help: """
      Show so many elements of each vector and keys of each table, and so many characters of each text \
      where that is more than 60. (default: 8 elements, 1000 keys, 60 characters)
      """)
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  var limits: Tbl.TreeLimits { Tbl.TreeLimits(limit: limit) }
}

extension Tbl.TreeLimits {
  /// What `--limit` stands for.
  init(limit: Int?) {
    self.init(elements: limit ?? 8, keys: limit ?? 1_000, characters: max(limit ?? 60, 60))
  }
}
