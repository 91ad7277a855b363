import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What creators that were killed half-way left: files under their temporary names, with all memory
/// of a segment, that nobody will ever link into place.
enum SegmentLeftovers {
  /// Removes what dead creators of the segment at `path` left; in the user's own directory, of any.
  ///
  /// **Concurrency.** Any number at once; a living creator's file stays.
  static func remove(beside path: String) {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let directory = path[..<cut].isEmpty ? "." : String(path[..<cut])
    let isOwnDirectory = path.hasPrefix(SegmentLocation.directory + "/")
    guard let stream = unsafe opendir(directory) else { return }
    defer { unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let creator = creator(of: name, segment: isOwnDirectory ? nil : String(path[cut...])),
        kill(creator, 0) != 0, errno == ESRCH
      else { continue }
      _ = unsafe shm_unlink("\(directory)/\(name)")
    }
  }

  /// The process that made the temporary file `name`, as `SegmentLocation.temporaryPath` names it;
  /// `nil` for any other file.
  private static func creator(of name: String, segment: String?) -> Int32? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty,
      let creator = Int32(parts[parts.count - 2]), creator > 0,
      UInt64(parts[parts.count - 1], radix: 36) != nil
    else { return nil }
    let owner = parts[1..<parts.count - 2].joined(separator: ".")
    let isWanted = segment.map { $0 == owner } ?? owner.hasSuffix(SegmentLocation.suffix)
    return isWanted ? creator : nil
  }
}
