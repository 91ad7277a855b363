import SharedMemory
import SimDB
import TestSupport

/// The file that a store of trials is saved to and loaded from, and what else is found in its folder.
final class SavedFiles {
  private let folder: Scratch
  private let path: String
  /// Names of what is there beside files of this object.
  private let others: Set<String>
  private let geometry: Geometry
  /// A store that files are loaded into, to look at them.
  private let reader: Database
  /// What the file is to begin with.
  private var first: [UInt8] = []
  private static let name = "saved"

  /// Saves what `store` holds.
  init(_ store: Database, in folder: Scratch) throws {
    self.folder = folder
    path = "\(folder.path)/\(Self.name)"
    others = Set(folder.names)
    geometry = store.geometry
    reader = try Database.anonymous(Geometry(blockSize: 64, blockCount: 128))
    try save(store)
    first = try bytes(path)
  }

  /// Removes all files.
  deinit { removeAll() }

  func save(_ store: Database) throws { try store.save(to: path) }

  /// Loads the file, unless another victim has removed it, or the survivor has damaged it.
  func load(_ store: Database) throws {
    var count = 0
    do {
      try store.load(from: path) { count = $0 }
    } catch {
      let isMissing = error.code == .notFound || error.code == .corrupt
      try require(isMissing && count == 0, "\(count) entries were loaded before \(error)")
    }
  }

  func remove() { folder.remove(Self.name) }

  /// Puts a file in its place that lacks its end.
  func damage() throws { try write(damaged) }

  /// Brings everything back to where it began.
  func renew() throws {
    removeAll()
    try write(first)
  }

  private func removeAll() { for name in names { folder.remove(name) } }

  private var damaged: [UInt8] { first.dropLast(first.count / 4) }

  private func write(_ bytes: [UInt8]) throws {
    let file = try FileWriter(path: path)
    try file.write(bytes)
    try file.finish()
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    let file = try FileReader(path: path)
    return try file.read(Int(file.count)) ?? []
  }

  /// Entries of the file in their order; `nil` where there is none, or the damaged one.
  func entries() throws -> [SavedEntry]? {
    guard names.contains(Self.name), try bytes(path) != damaged else { return nil }
    return try entries(path)
  }

  /// How many complete files were left that were to take the place of another.
  ///
  /// - Throws: ``Failure`` for any other file.
  func leftovers() throws -> Int {
    let leftovers = names.filter { $0 != Self.name }
    for name in leftovers {
      let parts = name.split(separator: ".")
      try require(
        name.hasPrefix(".") && parts.count == 3 && parts[0] == Self.name && Int(parts[1]) != nil,
        "'\(name)' was left")
      _ = try entries("\(folder.path)/\(name)")
    }
    return leftovers.count
  }

  private var names: [String] { folder.names.filter { !others.contains($0) } }

  private func entries(_ path: String) throws -> [SavedEntry] {
    try require(try Database.geometry(ofSaved: path) == geometry, "the file tells another geometry")
    for key in try reader.keys() { try reader.delete(key) }
    var keys: [[UInt8]] = []
    try reader.load(from: path) { _ in
      // Of those that are there the last one has not been seen yet.
      let known = Set(keys)
      keys += ((try? self.reader.keys()) ?? []).filter { !known.contains($0) }
    }
    return try keys.map { key in
      let name = String(decoding: key, as: UTF8.self)
      guard let value = try reader.get(name).flatMap({ NumberedValue($0) }) else {
        throw Failure("the value of '\(name)' in the file is torn")
      }
      return SavedEntry(key: name, value: value)
    }
  }
}
