import SharedMemory

extension Database {
  /// Saves all entries to a file, while others read and write.
  ///
  /// Structures that programs change in place, such as queues, are not saved, nor what they keep
  /// beside themselves: their bytes are never those of one instant.
  ///
  /// **Concurrency.** Each entry is whole, and the file is complete or absent; the entries need not
  /// be of one instant. As ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  ///
  /// - Parameters:
  ///   - path: Where the file will be found, readable by this user alone, in place of any that is
  ///     there. Nothing of it is lost when saving fails.
  ///   - unreadable: Gets, for each entry that cannot be read, the reason; all others are saved.
  ///     Where nobody takes it, such an entry makes saving fail.
  ///   - structure: Gets the key of each structure, none of which is saved.
  ///   - progress: Called after each entry with how many were saved.
  /// - Returns: How many entries the file has.
  /// - Throws: `permission`, `noRoom`, `system`, and as ``get(_:)``.
  /// - Complexity: O(slots of the index) and O(bytes).
  @discardableResult
  public func save(
    to path: String, unreadable: ((StoreError) -> Void)? = nil,
    structure: ([UInt8]) -> Void = { _ in }, progress: (Int) -> Void = { _ in }
  ) throws(StoreError) -> Int {
    let file = try FileWriter(path: path)
    try file.write(SaveFormat.header(geometry))
    var count = 0
    try forEachEntry(unreadable: unreadable) { item throws(StoreError) in
      if item.entry.type == .part { return }
      if item.entry.type.isStructure { return structure(item.key) }
      if isPayload(item.key) { return }
      let head = SaveFormat.head(
        keyLength: item.key.count, valueLength: item.entry.bytes.count, type: item.entry.type)
      try file.write(head)
      try file.write(item.key)
      try file.write(item.entry.bytes)
      let checksum = SaveFormat.checksum(head: head, key: item.key, value: item.entry.bytes)
      try file.write(SaveFormat.littleEndian(checksum))
      count += 1
      progress(count)
    }
    try file.write(SaveFormat.end(entryCount: count))
    try file.finish()
    return count
  }

  /// Whether the value of `key` belongs to a structure that is there.
  private func isPayload(_ key: [UInt8]) -> Bool {
    // What cannot be read is told when the walk comes to it.
    guard let structure = PayloadKey.structure(of: key), let type = try? type(structure) else {
      return false
    }
    return PayloadKey.kinds.contains(type)
  }

  /// Puts all entries of a saved file into the database, over those of the same keys.
  ///
  /// The whole file is checked before the first entry is put, so a damaged one changes nothing.
  /// What takes its place meanwhile is not loaded. Who writes into the file itself meanwhile is
  /// found out at the entry that is damaged, with those before it loaded.
  ///
  /// **Concurrency.** Each entry takes effect at an instant of its own.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - progress: Called after each entry with how many were put.
  /// - Returns: How many entries were put.
  /// - Throws: `corrupt` naming the place in the file, `incompatible`, `notFound`; `full` when the
  ///   database has no room, with the entries before in it.
  /// - Complexity: O(bytes), twice.
  @discardableResult
  public func load(
    from path: String, progress: (Int) -> Void = { _ in }
  ) throws(StoreError) -> Int {
    guard isWritable else { throw readOnlyError() }
    let file = try SavedFile(path)
    try file.forEachEntry { _, _, _ in }
    var count = 0
    try file.forEachEntry(isLoading: true) { key, value, type throws(StoreError) in
      _ = try put(key: key.rawSpan, value: value.rawSpan, type: type)
      count += 1
      progress(count)
    }
    return count
  }

  /// The geometry of the database that was saved to a file, all of which is checked.
  ///
  /// **Concurrency.** Any thread.
  ///
  /// - Throws: As ``load(from:progress:)``.
  /// - Complexity: O(bytes).
  public static func geometry(ofSaved path: String) throws(StoreError) -> Geometry {
    let file = try SavedFile(path)
    try file.forEachEntry { _, _, _ in }
    return file.geometry
  }
}
