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

/// Shows elements by their layout until there is no room for more numbers.
private struct Describer {
  private let layout: SharedLayout
  private let fields: LayoutFields?
  private var budget: Int

  init(_ layout: SharedLayout, limit: Int) {
    self.layout = layout
    fields = LayoutFields(layout)
    budget = limit
  }

  mutating func describe(_ bytes: [UInt8]) -> DescribedValue {
    guard let fields, bytes.count == layout.size else { return .hexadecimal(bytes) }
    return fields.value(in: bytes.rawSpan, budget: &budget)
  }
}

extension AnyQueue {
  /// How many elements there are, and those that would be taken next.
  fileprivate func described(limit: Int) throws(StoreError) -> DescribedValue {
    let facts = try facts()
    let shown = try peek(maxCount: min(limit, 100)).map { element in
      let value = describe(element, limit: limit)
      guard let priority = element.priority else { return value }
      return DescribedValue.record([
        .init("priority", .unsigned(priority)), .init("element", value),
      ])
    }
    return .elements(shown, of: facts.count)
  }
}

extension NodeCells {
  /// How many elements there are, and those that come first.
  fileprivate func described(_ kind: TypeID, limit: Int) throws(StoreError) -> DescribedValue {
    let (shown, more) = try elements(limit: limit)
    var keys = Describer(keys, limit: limit)
    var values = Describer(values, limit: limit)
    let elements = shown.map { element in
      switch kind {
      case .set: keys.describe(element.key)
      case .list: values.describe(element.value)
      default:
        DescribedValue.record([
          .init("key", keys.describe(element.key)), .init("value", values.describe(element.value)),
        ])
      }
    }
    return .elements(elements, of: shown.count + more)
  }
}

extension UnitStack {
  /// How many elements there are, and those on top.
  fileprivate func described(
    _ layout: SharedLayout, limit: Int
  ) throws(StoreError) -> DescribedValue {
    let count = try count()
    let shown = try elements(limit: limit) { $0.bytes(at: $1, count: layout.size) }
    var describer = Describer(layout, limit: limit)
    return .elements(shown.map { describer.describe($0) }, of: count)
  }
}

extension TopicCore {
  /// How many elements were published, and those that are still there, the oldest first.
  fileprivate func described(
    _ layout: SharedLayout, limit: Int
  ) throws(StoreError) -> DescribedValue {
    // Pair topic-position.
    let end = tail.loadAcquiring()
    var describer = Describer(layout, limit: limit)
    var elements: [DescribedValue] = []
    for position in max(oldest, end - min(end, UInt64(limit)))..<max(end, oldest) {
      guard case .element(let word) = look(position) else { continue }
      let bytes = region.bytes(at: cell(position) + Self.cellHeader, count: elementSize)
      if isUnchanged(word, at: position) { elements.append(describer.describe(bytes)) }
    }
    try handle.checkLive()
    return .record([
      .init("published", .unsigned(end)), .init("elements", .list(elements)),
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
