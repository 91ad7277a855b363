import SharedMemory
import SimDB

/// What structures hold, for viewers that do not know their types.
extension Database {
  /// What the structure `name` of a kind holds; `nil` where the kind has no elements.
  func describe(
    _ kind: TypeID, _ name: String, limit: Int
  ) throws(StoreError) -> DescribedValue? {
    guard kind.isStructure else { return nil }
    if AnyQueue.kinds.contains(kind) { return try anyQueue(name).described(limit: limit) }
    if NodeCells.kinds.contains(kind) {
      let cells = try NodeCells(structure(name, type: kind, creating: nil), kind)
      return try cells.described(kind, limit: limit)
    }
    let handle = try structure(name, type: kind, creating: nil)
    switch kind {
    case .stack:
      try handle.checkVersion(kind, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
      let layout = try handle.elementLayout(kind, at: NodeLayout.values)
      return try UnitStack(handle, elementSize: layout.size).described(layout, limit: limit)
    case .topic:
      try handle.checkVersion(
        kind, expected: TopicLayout.version, headerSize: TopicLayout.headerSize)
      let layout = try handle.elementLayout(kind, at: TopicLayout.element)
      return try TopicCore(handle, elementSize: layout.size).described(layout, limit: limit)
    case .byteTopic: return try ByteTopic(handle).described(limit: limit)
    case .heap: return try SharedHeap(handle).facts().described
    default: return nil
    }
  }
}

extension DescribedValue {
  /// How many elements there are, and those that are shown.
  fileprivate static func elements(_ shown: [DescribedValue], of count: Int) -> DescribedValue {
    let rest: [DescribedValue] = count > shown.count ? [.more(count - shown.count)] : []
    return .record([
      .init("count", .unsigned(UInt64(count))), .init("elements", .list(shown + rest)),
    ])
  }
}

/// Shows elements by their layouts until there is no room for more numbers.
private struct Describer {
  private let layouts: [(layout: SharedLayout, fields: LayoutFields?)]
  private var budget: Int

  init(_ layouts: SharedLayout..., limit: Int) {
    self.layouts = layouts.map { ($0, LayoutFields($0)) }
    budget = limit
  }

  /// Whether there is room for another element.
  var hasRoom: Bool { budget > 0 }

  /// Shows bytes by one of the layouts.
  mutating func describe(_ bytes: [UInt8], by number: Int = 0) -> DescribedValue {
    guard let fields = layouts[number].fields, bytes.count == layouts[number].layout.size else {
      budget -= 1
      return .hexadecimal(bytes)
    }
    return fields.value(in: bytes.rawSpan, budget: &budget)
  }

  /// Shows as many elements as there is room for.
  mutating func describe<Element>(
    _ elements: [Element], _ show: (inout Describer, Element) -> DescribedValue
  ) -> [DescribedValue] {
    var shown: [DescribedValue] = []
    for element in elements where hasRoom { shown.append(show(&self, element)) }
    return shown
  }
}

extension AnyQueue {
  /// How many elements there are, and those that would be taken next.
  fileprivate func described(limit: Int) throws(StoreError) -> DescribedValue {
    let facts = try facts()
    // More of them only where those did not fill the room: each is copied, however long it is.
    var count = 16
    while true {
      let elements = try peek(maxCount: min(count, limit))
      let (shown, room) = describe(elements, room: limit)
      let byteCount = elements.reduce(0) { $0 + $1.bytes.count }
      if room <= 0 || elements.count < count || byteCount > 1 << 24 {
        return .elements(shown, of: facts.count)
      }
      count *= 2
    }
  }

  /// Shows as many elements as there is room for.
  ///
  /// - Returns: What room is left, too.
  private func describe(
    _ elements: [Element], room: Int
  ) -> (shown: [DescribedValue], room: Int) {
    var room = room
    var shown: [DescribedValue] = []
    for element in elements where room > 0 {
      let value = describe(element, budget: &room)
      guard let priority = element.priority else {
        shown.append(value)
        continue
      }
      shown.append(.record([.init("priority", .unsigned(priority)), .init("element", value)]))
    }
    return (shown, room)
  }
}

extension NodeCells {
  /// How many elements there are, and those that come first.
  fileprivate func described(_ kind: TypeID, limit: Int) throws(StoreError) -> DescribedValue {
    let (found, more) = try elements(limit: limit)
    var describer = Describer(keys, values, limit: limit)
    let shown = describer.describe(found) { describer, element in
      switch kind {
      case .set: describer.describe(element.key)
      case .list: describer.describe(element.value, by: 1)
      default:
        .record([
          .init("key", describer.describe(element.key)),
          .init("value", describer.describe(element.value, by: 1)),
        ])
      }
    }
    return .elements(shown, of: found.count + more)
  }
}

extension UnitStack {
  /// How many elements there are, and those on top.
  fileprivate func described(
    _ layout: SharedLayout, limit: Int
  ) throws(StoreError) -> DescribedValue {
    let count = try count()
    let found = try elements(limit: limit) { $0.bytes(at: $1, count: layout.size) }
    var describer = Describer(layout, limit: limit)
    return .elements(describer.describe(found) { $0.describe($1) }, of: count)
  }
}

extension TopicCore {
  /// How many elements were published, and the last of those that are still there, the oldest
  /// first.
  fileprivate func described(
    _ layout: SharedLayout, limit: Int
  ) throws(StoreError) -> DescribedValue {
    // Pair topic-position.
    let end = tail.loadAcquiring()
    let first = min(oldest, end)
    // From the last one back, so that it is the older ones that are left out.
    var describer = Describer(layout, limit: limit)
    var elements: [DescribedValue] = []
    var position = end
    while position > first, describer.hasRoom {
      position -= 1
      guard case .element(let word) = look(position) else { continue }
      let bytes = region.bytes(at: cell(position) + Self.cellHeader, count: elementSize)
      if isUnchanged(word, at: position) { elements.append(describer.describe(bytes)) }
    }
    if position > first { elements.append(.more(Int(clamping: position - first))) }
    try handle.checkLive()
    return .record([
      .init("published", .unsigned(end)), .init("elements", .list(elements.reversed())),
    ])
  }
}

extension ByteTopic {
  /// The subscribers, and how far behind they are.
  fileprivate func described(limit: Int) throws(StoreError) -> DescribedValue {
    let all = try subscribers()
    var shown = all.prefix(limit).map { subscriber in
      DescribedValue.record([
        .init("pid", .unsigned(UInt64(subscriber.pid ?? 0))),
        .init("policy", .text("\(subscriber.overflow)")),
        .init("waiting", .unsigned(UInt64(subscriber.contents.waiting))),
        .init("waitingBytes", .unsigned(UInt64(subscriber.contents.waitingBytes))),
        .init("dropped", .unsigned(subscriber.droppedCount)),
        .init("rejected", .unsigned(subscriber.rejectedCount)),
        .init("lost", .unsigned(subscriber.lostCount)),
      ])
    }
    if all.count > shown.count { shown.append(.more(all.count - shown.count)) }
    return .record([.init("subscribers", .list(shown))])
  }
}

extension SharedHeap.Facts {
  fileprivate var described: DescribedValue {
    .record([
      .init("allocations", .unsigned(UInt64(allocations))),
      .init("unpublished", .unsigned(UInt64(unpublished))),
      .init("bytes", .unsigned(UInt64(bytes))),
      .init("reserved", .unsigned(UInt64(reserved))),
      .init("large", .unsigned(UInt64(large))),
    ])
  }
}
