import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// A store that trials are made on, and what the survivor of all of them has of it.
///
/// A victim is forked from the survivor and has a copy of this object, with a participant and a
/// writer of its own.
final class Stage {
  let setting: Setting
  let base: TrialStore
  var store: Database { base.database }
  var queue: MessageQueue?
  var files: SavedFiles?
  /// What every trial begins with: the setting's contents, and the file.
  private(set) var contents: Contents
  /// A victim's own attachment.
  var own: Database?
  /// What is followed, by the survivor or by a victim.
  var changes: Changes?
  /// What a victim has seen before its steps are counted.
  var generation: UInt64?
  /// What is held when the contents are those of the setting.
  private var baseline = TrialStore.Holdings(blocks: 0, lanes: 0, rows: 0)

  /// Makes a store.
  ///
  /// - Parameter scratch: Where its file lies, and the one that it is saved to.
  init(_ setting: Setting, in scratch: Scratch, hashSeed: UInt64) throws {
    let path = scratch.database()
    self.setting = setting
    contents = setting.contents
    base = try TrialStore(setting.geometry, path: path, hashSeed: hashSeed)
    if let holes = setting.holes { try leaveHoles(holes) }
    if let geometry = setting.queue { queue = try store.queue(Key.queue, creating: geometry) }
    if setting.isWatched { changes = try store.changes() }
    if let saved = setting.saved {
      for key in Key.all { if let value = saved[key] { try store.put(key, value.bytes) } }
      files = try SavedFiles(store, in: scratch)
      contents.saved = try files?.entries()
    }
    try renew()
    baseline = try base.holdings()
  }

  /// Removes the store.
  func end() throws { try store.drop() }

  private func leaveHoles(_ count: Int) throws {
    // What is kept for overwriting is not for new keys.
    let count = try setting.geometry.blockCount - store.statistics().reservedBlocks
    for number in 0..<count { try store.put("filler \(number)", "") }
    for number in 0..<count { try store.delete("filler \(number * 2)") }
  }

  /// Attaches the calling process, if it is a child that has not done anything yet.
  func warmUp() throws { _ = try store.withValue(Key.one) { _, _ in } }

  /// A structure that is made unless it is there.
  func structure() throws -> MessageQueue {
    try store.queue(Key.structure, creating: QueueGeometry(capacity: 2, payloadCapacity: 0))
  }

  /// Reads all values in all ways.
  func readEverything() throws {
    for key in Key.all {
      try checkWhole(try store.get(key), key)
      try read(key)
    }
    for (key, bytes) in zip(Key.all, try store.getMany(Key.all)) { try checkWhole(bytes, key) }
  }

  /// Asks for all that is told of entries beside their values, and copies those into a buffer.
  func lookAtEverything() throws {
    for key in Key.all {
      _ = try store.contains(key)
      _ = try store.generation(key)
      _ = try store.facts(key)
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = try bytes.withMutableBytes { try store.get(key, into: &$0) }
      try checkWhole(count.map { Array(bytes.prefix($0)) }, key)
    }
  }

  /// Attaches without permission to write, and reads.
  func readThroughView() throws {
    let viewer = try Database.openReadOnly(base.path)
    for key in Key.all { try checkWhole(try viewer.get(key), key) }
  }

  /// Lists keys and entries, and counts.
  func list() throws {
    _ = try store.keys(prefix: Key.prefix)
    for item in try store.entries(prefix: Key.prefix) {
      try checkWhole(item.entry.bytes, String(decoding: item.key, as: UTF8.self))
    }
    _ = try store.statistics()
  }

  /// Reads a value in place.
  func read(_ key: String) throws {
    try checkWhole(try store.withValue(key) { span, _ in Steps.read(span) }, key)
  }

  private func checkWhole(_ bytes: [UInt8]?, _ key: String) throws {
    let isWhole = bytes.map { NumberedValue($0) != nil } ?? true
    try require(isWhole, "what is read of '\(key)' is torn")
  }

  /// Appends an element; a cell that somebody else holds is waited for, but not for ever.
  func push(_ element: NumberedValue) throws {
    try require(try append(element, 10_000_000_000), "there is no room for \(element)")
  }

  // MARK: What the survivor does

  /// What the store holds; the queue is emptied on the way.
  func observe() throws -> Contents {
    var contents = Contents()
    for item in try store.entries(prefix: Key.prefix) {
      let key = String(decoding: item.key, as: UTF8.self)
      guard let value = NumberedValue(item.entry.bytes) else {
        throw Failure("the value of '\(key)' is torn")
      }
      contents.values[key] = value
    }
    contents.elements = try drain()
    contents.hasStructure = try store.contains(Key.structure)
    contents.saved = try files?.entries()
    contents.leftovers = try files?.leftovers() ?? 0
    return contents
  }

  private func drain() throws -> [NumberedValue] {
    var elements: [NumberedValue] = []
    guard let queue else { return elements }
    try untilDone("the queue does not get empty") {
      while let element = try take(0) { elements.append(element) }
      return queue.count == 0
    }
    return elements
  }

  /// Takes an element, waiting for as long as it takes to find that a claim is that of the dead.
  func take(_ timeoutNanoseconds: UInt64) throws -> NumberedValue? {
    var taken: NumberedValue?
    let take = { (message: Message, payload: RawSpan) throws in
      taken = NumberedValue(payload.array)
      try require(taken?.number == Int(message.cycle), "an element is torn")
    }
    if timeoutNanoseconds == 0 {
      try queue?.pop(take)
    } else {
      try queue?.pop(timeoutNanoseconds: timeoutNanoseconds, take)
    }
    return taken
  }

  /// Puts an element, if there is room in time.
  func append(_ element: NumberedValue, _ timeoutNanoseconds: UInt64) throws -> Bool {
    try queue?.push(
      Message(cycle: UInt64(element.number)), payload: element.bytes.rawSpan,
      timeoutNanoseconds: timeoutNanoseconds) == .pushed
  }

  private func untilDone(_ text: String, _ isDone: () throws -> Bool) throws {
    let end = SystemClock.monotonicNanoseconds + 5_000_000_000
    while try !isDone() { try require(SystemClock.monotonicNanoseconds < end, text) }
  }

  /// Longer than a claim must have stood for somebody to ask whether its holder has died.
  private static let patience: UInt64 = 2_000_000

  /// Does everything that others may do, which must go on whoever died or stopped, and leaves the
  /// contents of the setting.
  func renew() throws {
    try useKeys()
    for key in Key.all {
      if let value = setting.contents.values[key] { try store.put(key, value.bytes) }
    }
    try files?.renew()
    guard let queue else { return }
    let capacity = queue.geometry.capacity
    // All cells are used, whoever had them.
    for round in 0..<2 {
      let pushed = (0..<capacity).map { NumberedValue(1_000 + round * 100 + $0, count: 16) }
      for element in pushed {
        try untilDone("nothing can be pushed") { try append(element, Self.patience) }
      }
      for element in pushed {
        var taken: NumberedValue?
        try untilDone("nothing can be taken") {
          taken = try take(Self.patience)
          return taken != nil
        }
        try require(taken == element, "taken was \(taken!), not \(element)")
      }
    }
    for element in setting.contents.elements {
      try require(append(element, Self.patience), "the empty queue is full")
    }
  }

  /// Puts, gets and deletes values under all keys, and makes and deletes the structure.
  func useKeys() throws {
    for (number, key) in Key.all.enumerated() {
      let values = (0..<3).map { NumberedValue(1_000 + number * 10 + $0, count: 8 + $0 * 28) }
      for value in values {
        try store.put(key, value.bytes)
        try require(
          try store.get(key).map { NumberedValue($0) } == value, "'\(key)' is not what was put")
      }
      try require(try store.putIfAbsent(key, values[0].bytes) == nil, "'\(key)' was absent")
      try require(try store.delete(key), "'\(key)' could not be deleted")
      try require(try !store.delete(key) && store.get(key) == nil, "'\(key)' is not deleted")
    }
    guard setting.holes == nil else { return }
    var made: MessageQueue? = try structure()
    let result = try made?.push(Message(cycle: 1), payload: [UInt8]().rawSpan)
    try require(result == .pushed, "the structure takes nothing")
    try require(try made?.pop { _, _ in } == true, "the structure gives nothing")
    made = nil
    try store.delete(Key.structure)
  }

  /// Everything is accounted for when the contents are those of the setting.
  func checkAccounts() throws {
    try base.check(holding: baseline)
    let isWatched = base.isWatched
    try require(
      isWatched == setting.isWatched,
      "who puts is told that \(isWatched ? "some" : "no")body watches")
  }

  /// No more blocks are used than the contents take, and what two processes may keep.
  func checkUse() throws {
    let used = try store.statistics().usedBlocks
    let limit = baseline.blocks + 32
    try require(used <= limit, "\(used) blocks are used beside who is stopped, not \(limit)")
  }
}
