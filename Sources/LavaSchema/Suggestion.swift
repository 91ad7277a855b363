/// Finds what a user may have meant.
///
/// **Concurrency.** Any thread; there is no state.
public enum Suggestion {
  /// The candidate nearest to `word` by edit distance, if one is near enough to be meant.
  ///
  /// - Complexity: O(candidates x length^2).
  public static func nearest(_ word: String, among candidates: some Sequence<String>) -> String? {
    // One difference in three letters: below that everything is near everything.
    let limit = word.count / 3
    return
      candidates
      .map { (distance: distance(Array(word), Array($0)), candidate: $0) }
      .filter { $0.distance <= limit }
      .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?
      .candidate
  }

  /// `did you mean ...?` with the nearest candidate, else `otherwise`.
  public static func remedy(
    _ word: String, among candidates: some Sequence<String>, otherwise: String
  ) -> String {
    nearest(word, among: candidates).map { "did you mean \(JSONValue.quoted($0))?" } ?? otherwise
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(
          rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
