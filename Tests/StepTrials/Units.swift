import SharedMemory

/// The units of a structure on trial.
enum Units {
  /// Inserts elements, counted from 0, until there is no room.
  ///
  /// - Returns: How many.
  static func fill(_ insert: (Int) throws -> Void) throws -> Int {
    var inserted = 0
    do {
      while inserted < 1_000 {
        try insert(inserted)
        inserted += 1
      }
    } catch let error as StoreError where error.code == .full {}
    return inserted
  }

  /// Fills a structure until there is no room, and empties it, twice: none of its units may have
  /// stayed with the dead.
  ///
  /// - Parameters:
  ///   - count: Elements there must be room for.
  ///   - insert: Inserts an element of a number, counted from 0.
  ///   - remove: Removes it.
  static func useAll(
    _ count: Int, insert: (Int) throws -> Void, remove: (Int) throws -> Void
  ) throws {
    for _ in 0..<2 {
      let inserted = try fill(insert)
      try require(inserted == count, "\(inserted) of \(count) units can be used")
      for number in 0..<count { try remove(number) }
    }
  }
}
