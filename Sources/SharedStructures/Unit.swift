import SharedMemory

/// A unit's place in the mapping.
///
/// **Concurrency.** Words only; what they mean is told by ``UnitWord`` and ``LinkWord``.
@frozen @usableFromInline
struct Unit {
  @usableFromInline let region: SharedRegion
  @usableFromInline let offset: Int

  @inlinable @inline(__always)
  init(_ region: SharedRegion, _ offset: Int) {
    self.region = region
    self.offset = offset
  }

  @inlinable @inline(__always)
  var headerWord: AtomicWord { region.word(at: offset) }
  @inlinable @inline(__always)
  var nextWord: AtomicWord { region.word(at: offset &+ NodeLayout.next) }

  @inlinable @inline(__always)
  func header() -> UnitWord {
    // Pair unit-header: what was written before the header was is visible.
    UnitWord(rawValue: headerWord.loadAcquiring())
  }

  @inlinable @inline(__always)
  func next() -> LinkWord {
    // Pair unit-linked: the bytes of the unit that it names are visible.
    LinkWord(rawValue: nextWord.loadAcquiring())
  }

  /// Changes the header from exactly what was seen.
  @inlinable @inline(__always)
  func change(_ old: UnitWord, to new: UnitWord) -> Bool {
    // Pair unit-header.
    headerWord.compareExchange(old.rawValue, new.rawValue)
  }

  /// Changes the link from exactly what was seen.
  @inlinable @inline(__always)
  func relink(_ old: LinkWord, to new: LinkWord) -> Bool {
    // Pair unit-linked.
    nextWord.compareExchange(old.rawValue, new.rawValue)
  }
}

extension AtomicWord {
  /// A link that is not a unit's own.
  @inlinable @inline(__always)
  func link() -> LinkWord {
    // Pair unit-linked.
    LinkWord(rawValue: loadAcquiring())
  }

  @inlinable @inline(__always)
  func relink(_ old: LinkWord, to new: LinkWord) -> Bool {
    // Pair unit-linked.
    compareExchange(old.rawValue, new.rawValue)
  }
}
