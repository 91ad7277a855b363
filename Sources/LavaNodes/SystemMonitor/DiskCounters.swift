/// What was read from and written to each disk since the machine started.
struct DiskCounters: Hashable, Sendable {
  /// Bytes of a sector, whatever the disk itself calls one.
  static let sectorBytes: UInt64 = 512

  /// Names of the disks.
  var names: [String] = []
  /// Sectors read from each.
  var readSectors: [UInt64] = []
  /// Sectors written to each.
  var writtenSectors: [UInt64] = []

  /// Adds a disk.
  mutating func append(name: String, readSectors: UInt64, writtenSectors: UInt64) {
    names.append(name)
    self.readSectors.append(readSectors)
    self.writtenSectors.append(writtenSectors)
  }

  /// Reads the text of `/proc/diskstats`: numbers, name and counters of one device in each line.
  ///
  /// Only whole disks count: no partitions, nothing that lies in memory or in a file, and none of
  /// the devices that are put together from others, whose traffic would count twice.
  static func parse(_ text: Span<UInt8>) -> DiskCounters {
    var result = DiskCounters()
    var cursor = TextCursor()
    while !cursor.isAtEnd(of: text) {
      cursor.skipFields(2, in: text)
      let name = text.text(at: cursor.field(in: text))
      cursor.skipFields(2, in: text)
      let read = cursor.number(in: text)
      cursor.skipFields(3, in: text)
      let written = cursor.number(in: text)
      cursor.skipLine(in: text)
      guard let read, let written, !isVirtual(name),
        !result.names.contains(where: { isPartition(name, of: $0) })
      else { continue }
      result.append(name: name, readSectors: read, writtenSectors: written)
    }
    return result
  }

  /// Whether `name` is a device without a disk of its own.
  static func isVirtual(_ name: String) -> Bool {
    ["loop", "ram", "zram", "dm-", "md"].contains { prefix in
      name.hasPrefix(prefix) && (name.dropFirst(prefix.count).first?.isNumber ?? false)
    }
  }

  /// Whether `name` is a partition of `disk`: `sda1` of `sda`, `nvme0n1p1` of `nvme0n1`.
  static func isPartition(_ name: String, of disk: String) -> Bool {
    guard name.count > disk.count, name.hasPrefix(disk) else { return false }
    var rest = name.dropFirst(disk.count)
    if disk.last?.isNumber ?? false {
      guard rest.first == "p" else { return false }
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy(\.isNumber)
  }
}
