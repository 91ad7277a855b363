import SharedMemory

/// Walks along links, which end when the word that they begin at has changed: until then no unit
/// behind it was given back.
extension LinkedUnits {
  /// The elements of the units that are linked from where `word` leads, `limit` at most and without
  /// those of the first `skipped`; they were linked all at once. Writes nothing.
  ///
  /// - Parameter read: Reads an element; what it returns is thrown away when the walk begins anew.
  func elements<Element>(
    from word: AtomicWord, skipping skipped: Int = 0, limit: Int, _ read: (Unit) -> Element
  ) throws(StoreError) -> [Element] {
    let limit = min(limit, .max - skipped) + skipped
    var looks = 0
    while true {
      looks += 1
      var elements: [Element] = []
      let (count, isAll) = try walk(from: word, limit: limit) { _, unit in
        elements.append(read(unit))
      }
      // Those below the count were there at once, if there are more or not.
      if isAll || looks > 16 && count > skipped {
        return Array(elements.prefix(count).dropFirst(skipped))
      }
    }
  }

  /// Adds the units that are linked from where `word` leads; `false` when others change too much
  /// for it to be told.
  func insert(from word: AtomicWord, into units: inout UnitSet) throws(StoreError) -> Bool {
    for _ in 0..<100 where try walk(from: word, { index, _ in units.insert(index) }).isAll {
      return true
    }
    return false
  }

  /// Calls `body` with each unit from where `word` leads.
  ///
  /// - Returns: For how many of the calls the unit was linked, all at once, until after the call;
  ///   and whether these are all, or as many as the limit.
  private func walk(
    from word: AtomicWord, limit: Int = .max, _ body: (_ index: UInt64, _ unit: Unit) -> Void
  ) throws(StoreError) -> (count: Int, isAll: Bool) {
    let start = word.position()
    var index = start.index
    var count = 0
    while index != 0, count < limit {
      let unit = try pool.unit(index)
      guard count < pool.unitCount else { throw pool.corrupt("its links have no end") }
      body(index, unit)
      let next = unit.next().index
      guard word.isStill(start) else { return (count, false) }
      count += 1
      index = next
    }
    return (count, true)
  }
}
