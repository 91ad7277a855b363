import SharedMemory
import SimDB

/// What is read from lists without writing to them.
extension NodeList {
  /// An element that was there at some moment of the call.
  @frozen @usableFromInline
  struct Element {
    @usableFromInline let key: Key
    @usableFromInline let value: Value
    @usableFromInline let version: Version

    @inlinable @inline(__always)
    init(key: Key, value: Value, version: Version) {
      self.key = key
      self.value = value
      self.version = version
    }
  }

  /// The element of a node that was seen; `nil` when it has changed since.
  @inlinable @inline(__always)
  func read(_ seen: Seen) throws(StoreError) -> Element? {
    guard seen.header.isPresent else { return nil }
    let value = try value(seen.index, seen.unit, seen.header)
    // Pair unit-header: the same header after the value was read.
    Fence.acquire()
    guard seen.unit.headerWord.loadRelaxed() == seen.header.rawValue else { return nil }
    return Element(
      key: seen.key, value: value, version: Version(index: seen.index, header: seen.header))
  }

  /// What a look through a list found.
  @frozen @usableFromInline
  enum Look {
    case found(Seen)
    case absent
    /// Somebody changed the list where it was.
    case changed
  }

  /// Looks for a key from a link on, one node after the other.
  ///
  /// As ``seek(_:from:_:)``, but keeps no place, which takes a third of the instructions.
  ///
  /// - Parameters:
  ///   - start: Where the link was read, and the key of the node that it is of; a head has none.
  @inlinable @inline(__always)
  func look(
    for key: Key, from start: (word: AtomicWord, link: LinkWord, key: Key?)
  ) throws(StoreError) -> Look {
    var (word, link, last) = start
    var index = link.index
    while index != 0 {
      let seen = Seen(index, try pool.unit(index), self)
      // It was linked there after it had been read, so all of that is of one life.
      guard word.loadRelaxed() == link.rawValue else { return .changed }
      if let last, !(last < seen.key) { throw pool.corrupt("its keys do not ascend") }
      if seen.key == key {
        if seen.header.isPresent { return .found(seen) }
      } else if key < seen.key {
        return .absent
      }
      last = seen.key
      index = seen.next.index
      if !seen.next.isMarked { (word, link) = (seen.unit.nextWord, seen.next) }
    }
    // Pair unit-linked: nothing was linked behind it when its end was seen.
    Fence.acquire()
    return word.loadRelaxed() == link.rawValue ? .absent : .changed
  }

  /// Looks for a key in its list.
  @inlinable @inline(__always)
  func look(for key: Key) throws(StoreError) -> Look {
    guard isHinted else {
      let head = head(key)
      return try look(for: key, from: (head, head.link(), nil))
    }
    var path = HintPath()
    var hops = 0
    guard let spot = try descend(.at(key), head, &path, &hops) else { return .changed }
    return try look(for: key, from: (spot.word, spot.link, spot.node?.key))
  }

  @inlinable
  func find(_ key: Key) throws(StoreError) -> Element? {
    while true {
      switch try look(for: key) {
      case .found(let seen): if let element = try read(seen) { return element }
      case .absent: return nil
      case .changed: continue
      }
    }
  }

  @inlinable
  func get(_ key: Key) throws(StoreError) -> Value? {
    if let element = try find(key) {
      try handle.checkLoss()
      return element.value
    }
    try handle.checkLive()
    return nil
  }

  /// The first element that does not lie before `bound`.
  @inlinable
  func element(at bound: Bound) throws(StoreError) -> Element? {
    while true {
      guard let seen = try seek(bound, head).seen else {
        try handle.checkLive()
        return nil
      }
      if let element = try read(seen) { return element }
    }
  }

  /// The last element that lies before `bound`.
  ///
  /// A node without an element may stand in front of the bound, which who only reads cannot unlink.
  /// The search goes on before it, and counts only if in the end nothing was linked behind any that
  /// it went past: it was so when the last of their links was read, that before the element.
  @inlinable
  func element(before bound: Bound) throws(StoreError) -> Element? {
    var within = bound
    var passed: [Spot] = []
    while true {
      let place = try seek(within, head)
      if let node = place.before.node {
        let seen = Seen(place.before.index, node.unit, self)
        // Still the node that was linked there, though it may have another value by now.
        if node.header == seen.header {
          guard seen.header.isPresent else {
            passed.append(place.before)
            within = .at(node.key)
            continue
          }
          if let element = try read(seen), isUnchanged(passed) { return element }
        }
      } else if isUnchanged(passed) {
        try handle.checkLive()
        return nil
      }
      within = bound
      passed.removeAll()
    }
  }

  @inlinable @inline(__always)
  func isUnchanged(_ spots: [Spot]) -> Bool { spots.allSatisfy { $0.isUnchanged } }

  /// The first element.
  @inlinable
  func firstElement() throws(StoreError) -> Element? {
    while true {
      var hops = 0
      guard
        let place = try seek(.start, from: Spot(head: head), &hops)
      else { continue }
      guard let seen = place.seen else {
        try handle.checkLive()
        return nil
      }
      if let element = try read(seen) { return element }
    }
  }

  /// How many elements there are.
  @usableFromInline
  func count() throws(StoreError) -> Int {
    var walk = walk(from: nil)
    var count = 0
    while try walk.next() != nil { count += 1 }
    return count
  }

  /// Replaces an element by what `change` makes of it.
  @inlinable
  func update(_ key: Key, _ change: (Value?) -> Value?) throws(StoreError) -> Value? {
    while true {
      let element = try find(key)
      let new = change(element?.value)
      switch (element, new) {
      case (nil, nil): return nil
      case (nil, let new?):
        if try put(key, new, .keep).isChanged { return new }
      case (let element?, let new?):
        if try put(key, new, .replace, expected: element.version).isChanged { return new }
      case (let element?, nil):
        if try remove(key, expected: element.version) != nil { return nil }
      }
    }
  }

  // MARK: Walking

  /// Goes from element to element of a list.
  @frozen @usableFromInline
  struct Walk {
    @usableFromInline let list: NodeList
    @usableFromInline let head: AtomicWord
    /// Behind what comes next; `nil` before the first.
    @usableFromInline var bound: Bound?
    /// Where the last element was.
    @usableFromInline var spot: Spot?

    @inlinable
    init(list: NodeList, head: AtomicWord, bound: Bound?) {
      self.list = list
      self.head = head
      self.bound = bound
    }

    @inlinable
    mutating func next() throws(StoreError) -> Element? {
      var hops = 0
      while true {
        let bound = self.bound ?? .start
        var place: Place?
        if let spot, spot.isUnchanged { place = try list.seek(bound, from: spot, &hops) }
        if self.bound == nil {
          place = try list.seek(bound, from: Spot(head: head), &hops)
        } else if place == nil {
          place = try list.seek(bound, head)
        }
        guard let place else { continue }
        guard let seen = place.seen else {
          try list.checkLive()
          return nil
        }
        guard let element = try list.read(seen) else {
          spot = nil
          continue
        }
        self.bound = .after(seen.key)
        spot = seen.next.isMarked ? nil : Spot(seen)
        return element
      }
    }
  }

  @inlinable
  func walk(from bound: Bound?) -> Walk { Walk(list: self, head: head, bound: bound) }
}

extension NodeList {
  /// How many units are not free.
  func usedUnits() throws(StoreError) -> Int {
    var used = 0
    for index in 1..<pool.unitCount where try !pool.unit(index).header().is(.free) { used += 1 }
    return used
  }
}
