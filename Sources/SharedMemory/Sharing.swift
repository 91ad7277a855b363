import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Who may use a segment.
///
/// It is asked for twice: its creator says whom the file is for, and whoever attaches says whose
/// files it trusts. A file that another user made is trusted only when it is of the very group that
/// the attacher names. Whoever may write to a segment can damage it, and can cut it short under
/// those who have it mapped: name a group whose members trust each other.
///
/// **Concurrency.** A value.
public enum Sharing: Hashable, Sendable, CustomStringConvertible {
  /// The user who creates it alone: mode 0600.
  case owner
  /// All members of a group: mode 0660. The directory must let them through, which the usual one,
  /// of mode 0700, does not.
  case group(UInt32)

  /// All members of the group with this name, or this number in decimal; `nil` where there is none.
  public static func group(named name: String) -> Sharing? {
    if let number = UInt32(name) { return number == .max ? nil : .group(number) }
    let number = unsafe shm_group_number(name)
    return number < 0 ? nil : .group(UInt32(number))
  }

  /// As errors print it.
  public var description: String {
    switch self {
    case .owner: "the owner alone"
    case .group(let number): "group \(number)"
    }
  }

  /// Whether files and directories of `group` are within what is shared.
  func includes(group: UInt32) -> Bool { self == .group(group) }
}

extension Segment {
  /// Refuses a file that others could have made or can reach, beyond what `sharing` allows.
  static func checkTrust(
    _ facts: shm_file_facts, path: String, place: String, sharing: Sharing
  ) throws(StoreError) {
    if facts.regular, facts.links == 0 {
      throw StoreError(
        .dropped, place: place, reason: "it was dropped", remedy: "create it again")
    }
    guard let reason = distrust(facts, path: path, sharing: sharing) else { return }
    throw StoreError(
      .permission, place: place, reason: reason,
      remedy: sharing == .owner
        ? "only a file of yours with mode 0600 is trusted; one that a group shares must be allowed by"
          + " naming the group"
        : "only a file of yours with mode 0600, or one of \(sharing) with mode 0660, is trusted")
  }

  private static func distrust(
    _ facts: shm_file_facts, path: String, sharing: Sharing
  ) -> String? {
    guard facts.regular else { return "'\(path)' is not a regular file" }
    let mode = "'\(path)' has mode \(String(facts.mode, radix: 8))"
    let isOwn = facts.owner == geteuid()
    if isOwn, facts.mode & 0o077 == 0 { return nil }
    guard sharing.includes(group: facts.group) else {
      return isOwn
        ? "\(mode): others can reach it"
        : "'\(path)' belongs to user \(facts.owner) and group \(facts.group), you are user "
          + "\(geteuid()) and trust \(sharing)"
    }
    if facts.mode & 0o007 != 0 { return "\(mode): others can reach it" }
    if facts.mode & 0o040 == 0 { return "\(mode): its group cannot read it" }
    return givesItsGroup(directoryOf: path)
      ? "everybody may put files of \(sharing) into its directory" : nil
  }

  /// Whether anyone may make files in the directory, which then become its group's: such a file
  /// says nothing of who made it.
  private static func givesItsGroup(directoryOf path: String) -> Bool {
    var facts = shm_file_facts()
    let directory = SegmentLocation.directory(of: path) + "/."
    guard unsafe shm_path_facts(directory, &facts) == 0 else { return true }
    return facts.mode & 0o2000 != 0 && facts.mode & 0o002 != 0
  }
}
