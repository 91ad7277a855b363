/// What stands in a queue or channel on trial, and what it has counted beside, as one list.
///
/// Behind the elements, whose numbers are from 1 on, each one that was counted as lost is a 0, each
/// dropped one a -1, each refused one a -2.
enum QueuedNumbers {
  static func list(
    _ numbers: [Int], lost: Int = 0, dropped: Int = 0, rejected: Int = 0
  ) -> [Int] {
    numbers + [Int](repeating: 0, count: lost) + [Int](repeating: -1, count: dropped)
      + [Int](repeating: -2, count: rejected)
  }

  /// The elements of those that others push beside a victim have numbers from here on.
  static let beside = 1_000

  /// Whether a list is one that a victim, who holds up to `held` elements, and others can have come to:
  /// nothing came twice, what each of them pushed is in the order of its pushes, and no more was lost
  /// than the victim held.
  static func isPossible(_ list: [Int], held: Int) -> Bool {
    let lost = list.count { $0 == 0 }
    let pushers = [1..<4, 4..<beside, beside..<Int.max]
    return lost <= held
      && pushers.allSatisfy { numbers in
        let pushed = list.filter { numbers.contains($0) }
        return zip(pushed, pushed.dropFirst()).allSatisfy { $0 < $1 }
      }
  }
}
