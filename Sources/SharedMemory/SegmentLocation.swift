import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where databases of this user lie, and which names they may have.
///
/// **Concurrency.** Any thread; each call looks at the environment and the directory anew.
public enum SegmentLocation {
  /// The suffix of a database's file.
  public static let suffix = ".simdb"

  /// The directory of this user's databases: `LAVA_DIR`, or a private one in the memory file
  /// system.
  public static var directory: String {
    if let chosen = environment("LAVA_DIR"), !chosen.isEmpty { return chosen }
    return usualDirectory
  }

  /// The directory of this user's databases where `LAVA_DIR` names no other.
  public static var usualDirectory: String {
    #if os(Linux)
      return "/dev/shm/lava-\(geteuid())"
    #else
      return (environment("TMPDIR") ?? "/tmp") + "/lava-\(geteuid())"
    #endif
  }

  /// The file of database `name`; a name with a slash is a path.
  ///
  /// - Throws: `invalidName` with the rule it breaks.
  public static func path(of name: String) throws(StoreError) -> String {
    if name.contains("/") { return name }
    guard isValid(name) else {
      throw StoreError(
        .invalidName, place: "database '\(name)'", reason: "the name is not allowed",
        remedy: "use 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit")
    }
    return directory + "/" + name + suffix
  }

  /// Whether `name` matches `[A-Za-z0-9][A-Za-z0-9._-]{0,99}`.
  public static func isValid(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = bytes.first, bytes.count <= 100, isAlphanumeric(first) else { return false }
    return bytes.allSatisfy { isAlphanumeric($0) || $0 == 46 || $0 == 95 || $0 == 45 }
  }

  /// The name by which people know the file at `path`.
  static func displayName(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(suffix) ? String(last.dropLast(suffix.utf8.count)) : last
  }

  /// The directory that the file at `path` lies in.
  static func directory(of path: String) -> String {
    guard let cut = path.lastIndex(of: "/") else { return "." }
    return cut == path.startIndex ? "/" : String(path[..<cut])
  }

  /// Makes the user's directory if needed and checks that nobody else can reach into it, beyond
  /// whom it is to be shared with, who must be able to.
  static func prepareDirectory(for sharing: Sharing = .owner) throws(StoreError) {
    let path = directory
    let made = unsafe shm_make_directory(path, 0o700)
    guard made == 0 else {
      throw systemError(
        -made, call: "mkdir", place: "directory '\(path)'",
        remedy: "create it yourself with mode 0700, or set LAVA_DIR to a directory of yours")
    }
    let facts = try checkDirectory(for: sharing)
    guard case .group(let group) = sharing, let facts else { return }
    let admits = facts.mode & 0o001 != 0 || facts.group == group && facts.mode & 0o010 != 0
    guard admits else {
      throw StoreError(
        .permission, place: "directory '\(path)'",
        reason: "its mode \(String(facts.mode, radix: 8)) keeps \(sharing) out",
        remedy: "name a file elsewhere by its path, or set LAVA_DIR to a directory of that group "
          + "with mode 2770")
    }
  }

  /// A path in the same directory that nobody else uses, for what is given its name when complete.
  static func temporaryPath(beside path: String) -> String {
    var random: UInt64 = 0
    unsafe withUnsafeMutableBytes(of: &random) { bytes in
      _ = unsafe shm_random(bytes.baseAddress, bytes.count)
    }
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return path[..<cut] + ".\(path[cut...]).\(getpid()).\(String(random, radix: 36))"
  }

  /// Checks that the user's directory is a directory of theirs that nobody else may write to, or
  /// one of the group that is trusted.
  ///
  /// - Returns: What is known of it; `nil` when there is none.
  @discardableResult
  static func checkDirectory(for sharing: Sharing = .owner) throws(StoreError) -> shm_file_facts? {
    let path = directory
    var facts = shm_file_facts()
    let result = unsafe shm_path_facts(path, &facts)
    if result == -ENOENT { return nil }
    let isShared = sharing.includes(group: facts.group)
    let reason: String
    if result != 0 {
      reason = message(of: -result)
    } else if !facts.directory {
      reason = "it is not a directory (a link is not followed)"
    } else if facts.owner != geteuid(), !isShared {
      reason = "it belongs to another user"
    } else if facts.mode & (isShared ? 0o002 : 0o022) != 0 {
      reason = "others may write to it"
    } else {
      return facts
    }
    throw StoreError(
      .permission, place: "directory '\(path)'", reason: reason,
      remedy: "remove it or set LAVA_DIR to a directory of yours with mode 0700")
  }

  /// Names of the databases in the user's directory, sorted; none where there is no directory.
  ///
  /// - Parameter sharing: Whose directory is trusted, besides one of the user's own.
  /// - Throws: `permission` and `system` when the directory cannot be read or trusted.
  public static func list(sharing: Sharing = .owner) throws(StoreError) -> [String] {
    try checkDirectory(for: sharing)
    let path = directory
    guard let stream = unsafe opendir(path) else {
      let number = errno
      if number == ENOENT { return [] }
      throw systemError(
        number, call: "opendir", place: "directory '\(path)'",
        remedy: "make it readable for yourself, or set LAVA_DIR to a directory of yours")
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix), isValid(String(name.dropLast(suffix.utf8.count))) {
        names.append(String(name.dropLast(suffix.utf8.count)))
      }
    }
    return names.sorted()
  }
}

/// The value of an environment variable.
func environment(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// The system's words for an error number.
func message(of number: Int32) -> String {
  unsafe String(cString: strerror(number))
}

/// An error of a system call, with its name and the system's words.
func systemError(
  _ number: Int32, call: String, place: String, remedy: String
) -> StoreError {
  StoreError(
    number == ENOSPC || number == ENOMEM ? .noRoom : number == EACCES ? .permission : .system,
    place: place, reason: "\(call): \(message(of: number))", remedy: remedy)
}
