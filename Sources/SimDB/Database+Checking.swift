import SharedMemory

extension Database {
  /// Looks for anything in the store that contradicts its invariants.
  ///
  /// Every slot must name a live block of its own whose record has a key that leads to this very
  /// slot; every block must be free or belong to exactly one entry, or be held by a participant, be
  /// it one that died and was not swept yet, or wait for the next sweep. Every lane that is in use
  /// must be a participant's: nobody else would free it, nor what is pinned there.
  ///
  /// **Concurrency.** Writes nothing. While others write, what they have half-done is passed over
  /// by looking twice; with nobody at work, every block is accounted for.
  ///
  /// - Returns: One sentence per problem; none when all is well.
  /// - Complexity: O(blocks + slots of the index + lanes).
  public func check() -> [String] {
    let first = Set(problems())
    let lasting = first.isEmpty ? [] : problems().filter(first.contains).map(\.text)
    return isLost ? [segment.lossError().reason] : lasting
  }

  /// A contradiction, and the slot or header in which it was seen: seen twice, nobody was at work.
  private struct Problem: Hashable {
    let text: String
    let word: UInt64
  }

  private func problems() -> [Problem] {
    // What the dead hold is theirs until a sweep has taken their rows.
    let holders = Set(Participant.all(in: segment).map(\.identity))
    var problems: [Problem] = []
    func problem(_ text: String, _ word: UInt64) {
      problems.append(Problem(text: text, word: word))
    }
    // Pair orphans-counted: what nobody has any more is the next sweep's, where it is counted.
    let hasOrphans = segment.region.word(at: orphansOffset).loadAcquiring() != 0
    var accounted: [Int: Int] = [:]
    var pins: [UInt64] = []
    Lanes(segment).collectPins(into: &pins)
    func isOrphan(_ block: Int, _ word: BlockWord) -> Bool {
      word.state == .retired && (hasOrphans || pins.contains(word.slot(of: block).rawValue))
    }
    entries.forEachContradiction { position, word in
      problem(
        position.map { "the slot at \($0) holds the impossible word \(word)" }
          ?? "the index has the impossible state \(word)", word)
    }
    var seen: [UInt64: SlotIndex.Place] = [:]
    entries.forEachEntry { place in
      let slot = place.word
      if let other = seen[slot.incarnation] {
        // An entry on its way to another table is in both for a moment.
        guard other.epoch == place.epoch, other.position != place.position else { return }
        problem(
          "the slots at \(other.position) and \(place.position) name block \(slot.blockIndex) both",
          slot.rawValue)
        return
      }
      seen[slot.incarnation] = place
      guard slot.blockIndex < blocks.count else {
        problem(
          "the slot at \(place.position) names block \(slot.blockIndex), which does not exist",
          slot.rawValue)
        return
      }
      let word = blocks.word(slot.blockIndex)
      let isCurrent =
        word.generation == slot.generation
        && (word.state == .live || word.state == .allocated && holders.contains(word.owner))
      guard isCurrent else {
        problem(
          "the slot at \(place.position) names block \(slot.blockIndex), which is not live",
          slot.rawValue)
        return
      }
      account(for: slot, at: place, in: &accounted) { problem($0, slot.rawValue) }
    }
    // After the slots and before the headers: what was replaced is announced until it is retired.
    let replaced = Set(
      holders.flatMap { Lanes(segment).intents(of: $0) }
        .map { SlotWord(rawValue: $0.old).incarnation })
    func isEntryless(_ block: Int, _ word: BlockWord) -> Bool {
      accounted[block] != block && !replaced.contains(word.slot(of: block).rawValue)
    }
    for block in blocks.all {
      let word = blocks.word(block)
      switch word.state {
      case .free: break
      case .allocated, .retired:
        if !holders.contains(word.owner), accounted[block] == nil, !isOrphan(block, word) {
          problem("block \(block) is held by a participant that is gone", word.rawValue)
        }
      case .live:
        if isEntryless(block, word) {
          problem("block \(block) is live without an entry", word.rawValue)
        }
      case .tail:
        guard blocks.belongsToRun(word) else { break }
        let head = blocks.word(word.head)
        if head.state == .live, accounted[block] != word.head,
          accounted[word.head] == word.head || isEntryless(word.head, head)
        {
          problem(
            "block \(block) belongs to the run of \(word.head), which does not reach it",
            head.rawValue)
        }
      case nil: problem("block \(block) has the impossible header \(word.rawValue)", word.rawValue)
      }
    }
    // A participant attaches before it claims a lane, and detaches when it has none any more.
    for (lane, owner) in Lanes(segment).owners() where !holders.contains(owner) {
      problem("lane \(lane) is held by a participant that is gone", owner.rawValue)
    }
    for row in Participant.impossibleRows(in: segment) {
      problem("participant row \(row.number) has the impossible state \(row.state)", row.state)
    }
    return problems
  }

  private func account(
    for slot: SlotWord, at place: SlotIndex.Place, in accounted: inout [Int: Int],
    _ problem: (String) -> Void
  ) {
    let head = slot.blockIndex
    guard let record = entries.record(at: slot), let key = record.key(in: space),
      record.lengths.isFragmented || record.wholeValue(in: space) != nil
    else {
      problem("the record in block \(head) cannot be read")
      accounted[head] = head
      return
    }
    let found = try? find(key.rawSpan, hash: index.hash(key.rawSpan))
    if found?.place.word.incarnation != slot.incarnation {
      problem("the key of block \(head) leads to another slot")
    }
    for run in record.runs(in: space) {
      for block in run where block < blocks.count {
        let isTaken = accounted[block] != nil
        if isTaken { problem("block \(block) belongs to two entries") }
        // An entry has the block that it begins with, whoever else claims it.
        if !isTaken || block == head { accounted[block] = head }
        let word = blocks.word(block)
        if block != head, word.state != .tail || word.head != head || !blocks.belongsToRun(word) {
          problem("block \(block) is used by the record of \(head) and not its own")
        }
      }
    }
  }
}
