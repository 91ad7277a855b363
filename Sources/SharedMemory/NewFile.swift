import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is being made, and that nobody can find before it is complete.
///
/// Where the system has them it is a file without a name, which the kernel removes when its maker
/// dies; elsewhere one under another name beside the place it is meant for.
///
/// **Concurrency.** One thread.
struct NewFile: ~Copyable {
  let descriptor: Int32
  /// Its name until it is complete, where it has one.
  private let temporary: String?

  /// Makes an empty file that is to become `path`, and nobody else's than its owner's.
  ///
  /// - Throws: `permission`, `noRoom` or `system` for what the system refuses.
  init(_ path: String, place: String) throws(StoreError) {
    let unnamed = unsafe shm_create_unnamed_file(SegmentLocation.directory(of: path), 0o600)
    if unnamed >= 0 {
      descriptor = unnamed
      temporary = nil
      return
    }
    let name = SegmentLocation.temporaryPath(beside: path)
    let named = unsafe shm_create_file(name, 0o600)
    guard named >= 0 else {
      throw systemError(
        -named, call: "open", place: place, remedy: "check the directory of '\(path)'")
    }
    descriptor = named
    temporary = name
  }

  deinit {
    _ = shm_close(descriptor)
    if let temporary { _ = unsafe shm_unlink(temporary) }
  }

  /// Lets others use the file as well.
  ///
  /// - Throws: `permission` when the user is no member of the group.
  func share(with sharing: Sharing, place: String) throws(StoreError) {
    guard case .group(let group) = sharing else { return }
    let result = shm_share_with_group(descriptor, group)
    guard result == 0 else {
      throw StoreError(
        .permission, place: place,
        reason: "it cannot be shared with \(sharing): \(message(of: -result))",
        remedy: "name a group that you are a member of; 'id' lists them")
    }
  }

  /// Gives the complete file its name.
  ///
  /// - Returns: `false` when another was first.
  func name(_ path: String, place: String) throws(StoreError) -> Bool {
    let linked =
      if let temporary {
        unsafe shm_link_into_place(temporary, path)
      } else {
        unsafe shm_name_file(descriptor, path)
      }
    if linked == -EEXIST { return false }
    guard linked == 0 else {
      throw systemError(
        -linked, call: "link", place: place, remedy: "check the directory of '\(path)'")
    }
    return true
  }
}
