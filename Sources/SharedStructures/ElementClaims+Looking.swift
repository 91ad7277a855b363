import SharedMemory
import SimDB

/// What waits and what is held, as far as it can be seen without changing anything.
extension ElementClaims {
  /// Whether there is nothing to take.
  var isEmpty: Bool {
    // Pair attention, pair wake: read after a sleeper has announced itself.
    attention.loadSequential() == 0 && ring.isEmpty
  }

  /// Whether an element waits in a claim, or somebody has one who is late or dead.
  func hasAbandoned() -> Bool {
    let now = SystemClock.monotonicNanoseconds
    var deaths = Deaths(handle)
    return (0..<limit).contains { number in
      // Pair claim-held.
      let word = ClaimWord(rawValue: control(number).loadAcquiring())
      if word.state == .filling { return deaths.isDead(word.owner) }
      // Who claims is told what is wrong.
      return (try? isAbandoned(number, word, now, &deaths)) ?? true
    }
  }

  /// How many elements wait in claims, and how many consumers have.
  func contents() -> (returned: Int, held: Int) {
    var (returned, held) = (0, 0)
    for number in 0..<limit {
      // Pair claim-held.
      switch ClaimWord(rawValue: control(number).loadAcquiring()).state {
      case .returned: returned += 1
      case .reading, .held: held += 1
      case .filling:
        let position = position(number).loadRelaxed()
        let cell = CellWord(.reading, lap: ring.lap(position), owner: name(number))
        if ring.control(position).loadRelaxed() == cell.rawValue { held += 1 }
      case .free, nil: break
      }
    }
    return (returned, held)
  }

  /// Copies of the elements that were given back and that nobody has claimed since, the oldest
  /// first.
  func returned(upTo count: Int) -> [[UInt8]] {
    var found: [(position: UInt64, bytes: [UInt8])] = []
    for number in 0..<limit {
      let control = control(number)
      // Pair claim-held.
      let word = control.loadAcquiring()
      guard ClaimWord(rawValue: word).state == .returned else { continue }
      let position = position(number).loadRelaxed()
      let bytes = region.bytes(at: element(number), count: elementSize)
      // Pair claim-freed: had the bytes changed, so would have the word.
      Fence.acquire()
      if control.loadRelaxed() == word { found.append((position, bytes)) }
    }
    found.sort { $0.position < $1.position }
    return found.prefix(count).map(\.bytes)
  }
}
