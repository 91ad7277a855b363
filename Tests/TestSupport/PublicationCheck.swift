/// Whether subscribers were told what was published, as topics promise it.
///
/// - A subscriber is told a publication once at most, not before it began, and none that had ended
///   before the subscription began.
/// - Once it is told one, or nothing while nobody publishes, it has been told all whose publication had
///   ended before, since the subscription began; but for so many as it has counted as missed.
///
/// In one order, moreover:
///
/// - All tell the same position of a publication, and one that had ended when another began has the
///   smaller one.
/// - Positions rise by one; by so many more as were missed, or where a publisher died, one for each, and
///   then nobody is told what was to be there.
/// - There are as many positions as publications.
///
/// It takes for granted that somebody has read to the end.
///
/// - Complexity: O(operations × subscriptions).
struct PublicationCheck {
  typealias Item = Recorded<StructureOperation>

  /// What a subscriber was told at a time.
  private struct Look {
    let item: Item
    let value: Int?
    let position: Int?
    let missed: Int

    init(_ item: Item) {
      self.item = item
      switch item.operation.answer {
      case .value(let value): (self.value, position, missed) = (value, nil, 0)
      case .values(let told) where told.count == 3:
        (position, missed, value) = (told[0], told[1], told[2])
      default: (value, position, missed) = (nil, nil, 0)
      }
    }
  }

  private struct Subscription {
    /// `nil` for one that began with what had been published before.
    var beginning: Item?
    var looks: [Look] = []
  }

  /// What was not refused, in the order in which it was asked for; and when the last one ended that was
  /// asked for until then.
  private let pushes: [(item: Item, lastEnd: UInt64)]
  private let published: [Int: Item]
  /// Publishers that died.
  private let deaths: Int
  private let subscriptions: [Subscription]
  private let mayMiss: Bool

  init(_ items: [Item], mayMiss: Bool) {
    let items = items.sorted { $0.invoked < $1.invoked }
    var lastEnd: UInt64 = 0
    pushes = items.filter { $0.operation.verb == .push && $0.operation.answer != .none }
      .map { item in
        lastEnd = max(lastEnd, item.returned ?? .max)
        return (item, lastEnd)
      }
    published = Dictionary(uniqueKeysWithValues: pushes.map { ($0.item.operation.value, $0.item) })
    deaths = pushes.count { $0.item.returned == nil }
    subscriptions = Set(items.map(\.operation.key)).flatMap { key in
      var subscriptions = [Subscription()]
      for item in items where item.operation.key == key && item.returned != nil {
        switch item.operation.verb {
        case .subscribe: subscriptions.append(Subscription(beginning: item))
        case .pop: subscriptions[subscriptions.count - 1].looks.append(Look(item))
        default: break
        }
      }
      return subscriptions
    }
    self.mayMiss = mayMiss
  }

  func isKept(inOneOrder: Bool) -> Bool {
    pushes.allSatisfy { $0.item.operation.answer == .done || $0.item.returned == nil }
      && subscriptions.allSatisfy(isToldAll) && (!inOneOrder || isOneOrder)
  }

  /// Whether nobody was publishing while somebody looked.
  private func isQuiet(_ look: Item) -> Bool {
    guard let returned = look.returned else { return false }
    // The first one that was asked for later.
    var (low, high) = (0, pushes.count)
    while low < high {
      let middle = (low + high) / 2
      if pushes[middle].item.invoked <= returned { low = middle + 1 } else { high = middle }
    }
    return low == 0 || pushes[low - 1].lastEnd < look.invoked
  }

  private func isToldAll(_ subscription: Subscription) -> Bool {
    let told = Set(subscription.looks.compactMap(\.value))
    let begun = subscription.beginning.map { ($0.invoked, $0.returned ?? .max) } ?? (0, .max)
    /// What is to be told, as soon as it was published.
    let due = pushes.compactMap { push, _ -> (value: Int, time: UInt64)? in
      let value = push.operation.value
      guard let returned = push.returned, push.invoked > begun.1 || told.contains(value) else {
        return nil
      }
      return (value, returned)
    }
    .sorted { $0.time < $1.time }
    var (next, overdue) = (0, 0)
    var seen: Set<Int> = []
    for look in subscription.looks {
      let time: UInt64
      if let value = look.value {
        guard let push = published[value], push.invoked <= look.item.returned ?? .max,
          push.returned ?? .max >= begun.0, !seen.contains(value)
        else { return false }
        time = push.invoked
      } else {
        guard isQuiet(look.item) else { continue }
        time = look.item.invoked
      }
      while next < due.count, due[next].time < time {
        if !seen.contains(due[next].value) { overdue += 1 }
        next += 1
      }
      // Who is told nothing does not say what was missed.
      let missed = mayMiss ? look.value == nil ? .max : look.missed : 0
      guard look.missed <= missed, overdue <= missed else { return false }
      if let value = look.value { seen.insert(value) }
    }
    return true
  }

  private var isOneOrder: Bool {
    var values: [Int: Int] = [:]
    var positions: [Int: Int] = [:]
    var passed: Set<Int> = []
    for subscription in subscriptions {
      var last: Look?
      for look in subscription.looks {
        guard let value = look.value else { continue }
        guard let position = look.position,
          values.updateValue(value, forKey: position) ?? value == value,
          positions.updateValue(position, forKey: value) ?? position == position
        else { return false }
        if let last, let lastPosition = last.position {
          let missed = look.missed - last.missed
          let lost = position - lastPosition - 1 - missed
          guard missed >= 0, (0...deaths).contains(lost) else { return false }
          if missed == 0 { passed.formUnion(lastPosition + 1..<position) }
        }
        last = look
      }
    }
    guard passed.isDisjoint(with: values.keys), passed.count <= deaths else { return false }
    var latest: UInt64 = 0
    for position in values.keys.sorted() {
      guard let push = values[position].flatMap({ published[$0] }),
        push.returned ?? .max >= latest
      else { return false }
      latest = max(latest, push.invoked)
    }
    let count = (values.keys.max() ?? -1) + 1
    return (pushes.count - deaths...pushes.count).contains(count)
  }
}
