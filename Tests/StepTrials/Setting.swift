import SharedStructures
import SimDB

/// Keys that trials look at.
enum Key {
  /// Of a value of one block.
  static let one = "key one"
  /// Of a value of several.
  static let many = "key many"
  static let long = "key with a name that is longer than a header has room for"
  /// Of no entry.
  static let new = "key new"
  /// Of an entry that stands before ``one`` on its path, under the same tag.
  static let neighbor = "key beside"

  static let all = [one, many, long, new]
  static let prefix = "key"
  static let structure = "structure"
  static let queue = "queue"
}

/// A store, and what victims do in it.
struct Setting: Sendable {
  let name: String
  let geometry: Geometry
  /// Free blocks where no two are neighbours and all others are taken; `nil` for a store with room.
  var holes: Int?
  var queue: QueueGeometry?
  /// Whether the survivor follows changes.
  var isWatched = false
  /// What a file beside the store begins with; `nil` where there is none.
  var saved: [String: NumberedValue]?
  /// What every trial begins with.
  let contents: Contents
  let operations: [Operation]

  static let all = [roomy, watched, scarce, growing, queued, overflowing, saving]

  private static let values = [
    Key.one: NumberedValue(1, count: 40), Key.many: NumberedValue(2, count: 300),
    Key.long: NumberedValue(3, count: 100),
  ]
  private static let elements = [NumberedValue(4, count: 16), NumberedValue(5, count: 100)]

  private static func geometry(_ blockCount: Int, growingTo maximum: Int? = nil) -> Geometry {
    Geometry(
      blockSize: 64, blockCount: blockCount, maximumBlockCount: maximum, participantCount: 6)
  }

  static let roomy = Setting(
    name: "roomy", geometry: geometry(128), contents: Contents(values: values),
    operations: Operation.onEntries)

  static let watched = Setting(
    name: "watched", geometry: geometry(128), isWatched: true, contents: Contents(values: values),
    operations: Operation.onWatched)

  static let scarce = Setting(
    name: "scarce", geometry: geometry(64), holes: 24,
    contents: Contents(values: [Key.one: NumberedValue(1, count: 40)]),
    operations: Operation.inScarcity)

  static let growing = Setting(
    name: "growing", geometry: geometry(64, growingTo: 128), holes: 24,
    contents: Contents(values: [Key.one: NumberedValue(1, count: 40)]),
    operations: Operation.inGrowing)

  static let queued = Setting(
    name: "queue", geometry: geometry(128),
    queue: QueueGeometry(capacity: 4, payloadCapacity: 56),
    contents: Contents(elements: elements), operations: Operation.onQueue)

  static let overflowing = Setting(
    name: "full queue", geometry: geometry(128),
    queue: QueueGeometry(capacity: 2, payloadCapacity: 56, overflow: .dropOldest),
    contents: Contents(elements: elements), operations: Operation.onFullQueue)

  static let saving = Setting(
    name: "saving", geometry: geometry(128),
    saved: [
      Key.one: NumberedValue(6, count: 100), Key.many: NumberedValue(7, count: 40),
      Key.new: NumberedValue(8, count: 300),
    ],
    contents: Contents(values: values), operations: Operation.onFile)
}
