import SharedMemory

/// A saved file, checked as it is read.
struct SavedFile {
  private let file: FileReader
  private let path: String
  let geometry: Geometry

  init(_ path: String) throws(StoreError) {
    self.path = path
    file = try FileReader(path: path)
    let header = try file.read(SaveFormat.headerLength) ?? []
    guard header.starts(with: SaveFormat.magic) else {
      throw Self.damaged(path, at: 0, "it does not begin with LAVASAVE")
    }
    guard header.count == SaveFormat.headerLength,
      SaveFormat.number(header, at: SaveFormat.headerLength - 8)
        == SaveFormat.checksum(Array(header.dropLast(8)))
    else { throw Self.damaged(path, at: 0, "the checksum of its header is wrong") }
    let version: UInt32 = SaveFormat.number(header, at: 8)
    guard version == SaveFormat.version else {
      throw StoreError(
        .incompatible, place: "file '\(path)'",
        reason: "its version is \(version), this build has \(SaveFormat.version)",
        remedy: "load it with the version that saved it")
    }
    let blockCount = Int(clamping: SaveFormat.number(header, at: 16, as: UInt64.self))
    let maximum = Int(clamping: SaveFormat.number(header, at: 40, as: UInt64.self))
    geometry = Geometry(
      blockSize: Int(SaveFormat.number(header, at: 12, as: UInt32.self)), blockCount: blockCount,
      maximumBlockCount: max(blockCount, maximum),
      participantCount: Int(clamping: SaveFormat.number(header, at: 24, as: UInt64.self)))
  }

  /// No value has more bytes: nothing is read, and no memory taken, for what cannot be.
  private var longestValue: Int {
    let (bytes, overflow) = geometry.blockSize.multipliedReportingOverflow(
      by: geometry.maximumBlockCount)
    return overflow
      ? RecordLengths.maximumValueLength : min(bytes, RecordLengths.maximumValueLength)
  }

  /// Calls `body` with each entry whose checksum is right; may be called again, of the same file.
  ///
  /// - Parameter isLoading: Whether all of it was checked before, and is being loaded now.
  func forEachEntry(
    isLoading: Bool = false,
    _ body: (_ key: [UInt8], _ value: [UInt8], TypeID) throws(StoreError) -> Void
  ) throws(StoreError) {
    file.rewind(to: UInt64(SaveFormat.headerLength))
    var count = 0
    func damaged(_ place: UInt64, _ reason: String) -> StoreError {
      isLoading
        ? StoreError(
          .corrupt, place: "file '\(path)', byte \(place)",
          reason: "\(reason); it was changed after it had been checked",
          remedy:
            "entries before that place, \(count), were loaded; load an undamaged file over them")
        : Self.damaged(path, at: place, reason)
    }
    while true {
      let place = file.offset
      guard let head = try file.read(SaveFormat.headLength) else {
        throw damaged(place, "it ends in the middle")
      }
      let mark: UInt32 = SaveFormat.number(head, at: 0)
      if mark == SaveFormat.endMark {
        guard head == SaveFormat.end(entryCount: count), file.offset == file.count else {
          throw damaged(place, "it ends too early, or goes on after its end")
        }
        return
      }
      let keyLength = Int(SaveFormat.number(head, at: 4, as: UInt32.self))
      let valueLength = Int(clamping: SaveFormat.number(head, at: 8, as: UInt64.self))
      guard mark == SaveFormat.entryMark, (1...Database.maximumKeyLength).contains(keyLength) else {
        throw damaged(place, "there is no entry where one must begin")
      }
      guard valueLength <= longestValue else {
        throw damaged(place, "a value is longer than its database")
      }
      guard let key = try file.read(keyLength), let value = try file.read(valueLength),
        let checksum = try file.read(8)
      else { throw damaged(place, "an entry is longer than the file") }
      guard
        SaveFormat.number(checksum, at: 0)
          == SaveFormat.checksum(head: head, key: key, value: value)
      else { throw damaged(place, "the checksum of an entry is wrong") }
      count += 1
      try body(key, value, TypeID(rawValue: SaveFormat.number(head, at: 16)))
    }
  }

  private static func damaged(_ path: String, at offset: UInt64, _ reason: String) -> StoreError {
    StoreError(
      .corrupt, place: "file '\(path)', byte \(offset)", reason: reason,
      remedy: "it is not a saved database, or it is damaged; nothing was loaded")
  }
}
