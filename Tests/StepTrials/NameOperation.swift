import SharedMemory
import SimDB
import TestSupport

/// What a victim does with a name under which stores come and go.
struct NameOperation: Sendable {
  /// What is found under the name.
  enum Finding: Sendable {
    case nothing
    /// The store that was there before the victim.
    case before
    /// One that the victim has made.
    case new
    /// One that others have made.
    case others
  }

  let name: String
  let before: Finding
  let after: Finding
  /// What is done before its steps are counted.
  var prepare: @Sendable (NameStage) throws -> Void = { _ in }
  let run: @Sendable (NameStage) throws -> Void

  static let all = [
    NameOperation(
      name: "drop", before: .before, after: .nothing,
      prepare: { $0.own = try Database.open($0.name) }, run: { try $0.own?.drop() }),
    NameOperation(name: "create", before: .nothing, after: .new) { stage in
      stage.hasCreated = try Database.create(stage.name, NameStage.geometry(of: .new))
    },
    NameOperation(name: "open, which creates", before: .nothing, after: .new, run: open),
    NameOperation(name: "open what is there", before: .before, after: .before, run: open),
  ]

  @Sendable private static func open(_ stage: NameStage) throws {
    let own = try Database.open(stage.name, creating: NameStage.geometry(of: .new))
    stage.own = own
    _ = try stage.unlessDropped { try own.put(Key.new, NameStage.value.bytes) }
  }
}

/// A folder of stores with one name, what is found under it, and a store that the survivor has had from
/// before.
final class NameStage {
  let name = "name"
  let folder: Scratch
  /// The survivor's, of the store that was there before the victim.
  private(set) var user: Database?
  /// A victim's.
  var own: Database?
  /// The one that others have made.
  var made: Database?
  private let said = SharedNumbers(count: 1)

  static let value = NumberedValue(1, count: 100)

  /// Each has made a store of another size.
  static func geometry(of maker: NameOperation.Finding) -> Geometry {
    let blockCount =
      switch maker {
      case .nothing, .before: 64
      case .new: 128
      case .others: 256
      }
    return Geometry(blockSize: 64, blockCount: blockCount, participantCount: 4)
  }

  /// Makes the store that is to be there before the victim; where there is to be nothing, the folder is
  /// not there either.
  init(_ before: NameOperation.Finding, in folder: Scratch) throws {
    self.folder = folder
    if before == .before {
      let user = try Database.open(name, creating: Self.geometry(of: .before))
      try user.put(Key.one, Self.value.bytes)
      self.user = user
    } else {
      folder.remove()
    }
  }

  /// What a victim's creation has answered; `nil` where there was none, or it has not returned.
  var hasCreated: Bool? {
    get { said[0] == 0 ? nil : said[0] == 1 }
    set { said[0] = newValue.map { $0 ? 1 : 2 } ?? 0 }
  }

  /// Does what changes a store.
  ///
  /// - Returns: `false` where it was dropped.
  func unlessDropped(_ change: () throws -> Void) throws -> Bool {
    do {
      try change()
      return true
    } catch let error as StoreError where error.code == .dropped {
      return false
    }
  }

  /// Looks what is there, and whether it is whole.
  ///
  /// - Parameter guests: How many are attached beside those of this object.
  func look(guests: Int) throws -> NameOperation.Finding {
    let names = folder.names
    let file = name + SegmentLocation.suffix
    guard !names.isEmpty else { return .nothing }
    try require(names == [file], "in the folder are \(names)")
    let store = try Database.open(name)
    let finding: NameOperation.Finding =
      store.uuid == user?.uuid ? .before : store.uuid == made?.uuid ? .others : .new
    try require(
      store.geometry == Self.geometry(of: finding), "the store has \(store.geometry)")
    try store.sweep()
    let problems = store.check()
    try require(problems.isEmpty, problems.joined(separator: "; "))
    let statistics = try store.statistics()
    let attached = 1 + guests + (finding == .before || finding == .others ? 1 : 0)
    try require(
      statistics.participants.count <= attached,
      "\(statistics.participants.count) are attached, not \(attached)")
    let value = try store.get(Key.one)
    try require(
      finding == .new ? value == nil : value == Self.value.bytes, "its value is \(value ?? [])")
    var keys = try store.keys()
    keys.removeAll { $0 == Array(Key.one.utf8) || $0 == Array(Key.new.utf8) }
    try require(keys.isEmpty, "it has also \(keys)")
    try require(
      try store.get(Key.new).map { $0 == Self.value.bytes } ?? true, "a victim's value is torn")
    return finding
  }
}
