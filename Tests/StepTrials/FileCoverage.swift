#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import CSharedMemory
import TestSupport

/// Every call of the system that has to do with a file is a step, as accesses to shared memory are.
enum FileCoverage {
  /// Makes every call of the system that has to do with files, in an empty folder.
  ///
  /// - Throws: As ``StepCoverage/check(path:)``.
  static func check(in folder: Scratch) throws {
    let path = folder.path + "/file"
    let other = folder.path + "/other"
    let inside = folder.path + "/folder"
    let descriptor = unsafe shm_create_file(path, 0o600)
    defer { _ = shm_close(descriptor) }
    var facts = shm_file_facts()
    var word: UInt64 = 0
    let calls: [(String, Int, () -> Int)] = [
      ("open_file, close", 2, { Int(shm_close(unsafe shm_open_file(path, true))) }),
      ("same_file", 2, { shm_same_file(descriptor, descriptor) ? 0 : -1 }),
      ("file_facts", 1, { Int(unsafe shm_file_facts(descriptor, &facts)) }),
      ("path_facts", 1, { Int(unsafe shm_path_facts(path, &facts)) }),
      ("share_with_group", 2, { Int(shm_share_with_group(descriptor, facts.group)) }),
      ("write_at", 1, { Int(unsafe shm_write_at(descriptor, &word, 8, 0)) }),
      ("read_at", 1, { Int(unsafe shm_read_at(descriptor, &word, 8, 0)) }),
      ("sync", 1, { Int(shm_sync(descriptor)) }),
      ("truncate", 1, { Int(shm_truncate(descriptor, 4_096)) }),
      ("commit", 1, { Int(shm_commit(descriptor, 0, 4_096)) }),
      ("lock_byte", 1, { Int(shm_lock_byte(descriptor, 0)) }),
      ("test_byte", 1, { Int(shm_test_byte(descriptor, 0)) }),
      ("unlock_byte", 1, { Int(shm_unlock_byte(descriptor, 0)) }),
      ("link_into_place", 1, { Int(unsafe shm_link_into_place(path, other)) }),
      ("unlink", 1, { Int(unsafe shm_unlink(other)) }),
      ("link_into_place again", 1, { Int(unsafe shm_link_into_place(path, other)) }),
      ("unlink_own", 3, { Int(unsafe shm_unlink_own(other, descriptor)) }),
      ("rename", 1, { Int(unsafe shm_rename(path, other)) }),
      ("create_file, close", 3, { Int(shm_close(unsafe shm_create_file(path, 0o600))) }),
      ("make_directory", 1, { Int(unsafe shm_make_directory(inside, 0o700)) }),
    ]
    for (name, steps, call) in calls {
      try StepCoverage.expect(steps, name) { try require(call() >= 0, "\(name) fails") }
    }
    #if os(Linux)
      let named = folder.path + "/named"
      var unnamed: Int32 = -1
      try StepCoverage.expect(2, "create_unnamed_file") {
        unnamed = unsafe shm_create_unnamed_file(folder.path, 0o600)
      }
      try StepCoverage.expect(1, "name_file") {
        try require(unsafe shm_name_file(unnamed, named) == 0, "name_file fails")
      }
      _ = shm_close(unnamed)
    #endif
    _ = unsafe rmdir(inside)
    for name in folder.names { folder.remove(name) }
  }
}
