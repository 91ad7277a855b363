import Foundation
import SharedMemory
import SimDB
import TestSupport
import Testing

#if os(Linux)
  import Glibc

  /// Several users and one store. Users and groups are numbers that nobody has.
  @Suite(.enabled(if: geteuid() == 0, "needs to be root, to become others")) struct SharingTests {
    let scratch = Scratch()
    private let owner = 54_321
    private let friend = 54_322
    private let group = 65_001
    private let otherGroup = 65_002

    private enum Visit: Int { case create, use, look, stay }

    private func start(
      _ visit: Visit, user: Int, in own: Int, trusting trusted: Int?, path: String? = nil,
      directory: String? = nil
    ) throws -> Subject {
      try Subject(
        [
          "visit as user", path ?? scratch.database(), "\(user)", "\(own)", "\(trusted ?? 0)",
          "\(visit.rawValue)",
        ], environment: directory.map { ["LAVA_DIR": $0] } ?? [:])
    }

    private func visit(
      _ visit: Visit, user: Int, in own: Int, trusting trusted: Int?, path: String? = nil,
      directory: String? = nil
    ) throws -> String {
      let subject = try start(
        visit, user: user, in: own, trusting: trusted, path: path, directory: directory)
      subject.closeInput()
      let line = subject.readLine() ?? ""
      #expect(subject.wait() == 0, "\(subject.readAllErrors())")
      return line
    }

    /// Hands the scratch directory to the group.
    private func openDirectory(_ mode: Int = 0o770) throws {
      try FileManager.default.setAttributes(
        [.ownerAccountID: owner, .groupOwnerAccountID: group, .posixPermissions: mode],
        ofItemAtPath: scratch.path)
    }

    private func attributes(_ path: String) throws -> (mode: Int, group: Int) {
      let found = try FileManager.default.attributesOfItem(atPath: path)
      return (
        try #require(found[.posixPermissions] as? Int),
        try #require(found[.groupOwnerAccountID] as? Int)
      )
    }

    @Test func `members of a group share a store, and each says that they trust it`() throws {
      try openDirectory()
      #expect(try visit(.create, user: owner, in: group, trusting: group) == "created")
      #expect(try attributes(scratch.database()) == (0o660, group))
      #expect(try visit(.use, user: owner, in: group, trusting: group) == "1")
      #expect(try visit(.use, user: friend, in: group, trusting: group) == "2")
      #expect(try visit(.look, user: friend, in: group, trusting: group) == "2")
      let unasked = try visit(.use, user: friend, in: group, trusting: nil)
      #expect(unasked.hasPrefix("permission: "))
      #expect(unasked.contains("belongs to user \(owner) and group \(group)"))
      #expect(unasked.contains("you are user \(friend) and trust the owner alone"))
      let mistaken = try visit(.look, user: friend, in: group, trusting: otherGroup)
      #expect(mistaken.contains("trust group \(otherGroup)"))
      // Its owner, too, says that others may write to it.
      #expect(
        try visit(.use, user: owner, in: group, trusting: nil).contains("others can reach it"))
      #expect(try visit(.create, user: friend, in: group, trusting: group) == "there")
    }

    @Test func `who is not in the group is kept out by the system`() throws {
      try openDirectory(0o771)
      #expect(try visit(.create, user: owner, in: group, trusting: group) == "created")
      for trusted in [nil, otherGroup, group] {
        let refused = try visit(.use, user: friend, in: otherGroup, trusting: trusted)
        #expect(refused.hasPrefix("permission: ") && refused.contains("Permission denied"))
      }
      let foreign = try visit(
        .create, user: owner, in: group, trusting: otherGroup, path: scratch.database("other"))
      #expect(foreign.hasPrefix("permission: ") && foreign.contains("cannot be shared with group"))
      #expect(scratch.names == ["store.simdb"])
    }

    @Test func `a store of one's own is trusted beside those of the group`() throws {
      try openDirectory()
      #expect(try visit(.create, user: owner, in: group, trusting: nil) == "created")
      #expect(try attributes(scratch.database()).mode == 0o600)
      #expect(try visit(.use, user: owner, in: group, trusting: group) == "1")
      #expect(try visit(.use, user: friend, in: group, trusting: group).hasPrefix("permission: "))
    }

    @Test(arguments: [0o664, 0o666, 0o600, 0o620])
    func `a file that is open to all, or not to its group, is refused`(mode: Int) throws {
      let path = scratch.database()
      _ = try Database.create(path, Geometry(blockCount: 64), sharing: .group(UInt32(group)))
      #expect(try attributes(path) == (0o660, group))
      try FileManager.default.setAttributes(
        [.ownerAccountID: owner, .posixPermissions: mode], ofItemAtPath: path)
      // Root may read whatever it likes, and trusts no more than others.
      let error = #expect(throws: StoreError.self) {
        _ = try Database.openReadOnly(path, sharing: .group(UInt32(group)))
      }
      #expect(error?.code == .permission)
    }

    @Test func `files that anybody may give to the group prove nothing`() throws {
      let path = scratch.database()
      _ = try Database.create(path, Geometry(blockCount: 64), sharing: .group(UInt32(group)))
      try openDirectory(0o3777)
      let error = #expect(throws: StoreError.self) {
        _ = try Database.open(path, sharing: .group(UInt32(group)))
      }
      #expect(error?.reason.contains("everybody may put files of group \(group)") == true)
      try openDirectory(0o2770)
      _ = try Database.open(path, sharing: .group(UInt32(group)))
    }

    @Test func `a directory of the group is shared under LAVA_DIR, and a private one is not`()
      throws
    {
      try openDirectory(0o2770)
      func call(_ action: Visit, _ user: Int, _ trusted: Int?) throws -> String {
        try visit(
          action, user: user, in: group, trusting: trusted, path: "store", directory: scratch.path)
      }
      #expect(try call(.create, friend, group) == "created")
      #expect(try call(.use, owner, group) == "1")
      #expect(try call(.use, friend, group) == "2")
      let unasked = try call(.use, friend, nil)
      #expect(unasked.contains("directory '\(scratch.path)': it belongs to another user"))
      try openDirectory(0o700)
      let closed = try visit(
        .create, user: owner, in: group, trusting: group, path: "other", directory: scratch.path)
      #expect(closed.contains("its mode 700 keeps group \(group) out"))
      try openDirectory(0o2772)
      #expect(try call(.use, friend, group).contains("others may write to it"))
      try openDirectory(0o770)
    }

    @Test func `what one user's process leaves at its death another's sweep frees`() throws {
      try openDirectory()
      #expect(try visit(.create, user: owner, in: group, trusting: group) == "created")
      let visitor = try start(.stay, user: friend, in: group, trusting: group)
      #expect(visitor.readLine() == "ready")
      let store = try Database.open(scratch.database(), sharing: .group(UInt32(group)))
      #expect(try store.participants().count == 2 && store.participants().allSatisfy(\.isAlive))
      #expect(try visit(.use, user: owner, in: group, trusting: group) == "1")
      #expect(try store.participants().count == 2, "nobody alive was swept")
      visitor.signal(SIGKILL)
      visitor.wait()
      #expect(try visit(.use, user: owner, in: group, trusting: group) == "2")
      #expect(try store.participants().count == 1)
      #expect(try store.get("stayed", as: String.self) == "here")
      #expect(store.check() == [])
    }
  }

  /// Rights that a user does not have.
  @Suite struct LimitedUserTests {
    @Test func `locking more than a user may says how much, and how to raise it`() throws {
      let path = "/dev/shm/lava-test-lock-\(UInt64.random(in: 0...UInt64.max)).simdb"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let subject = try Subject(["lock too much", path])
      let line = subject.readLine() ?? ""
      #expect(subject.wait() == 0, "\(subject.readAllErrors())")
      #expect(line.hasPrefix("noRoom: ") && line.contains("mlock: Cannot allocate memory"))
      #expect(line.contains("are to be locked and 64 KiB may be; raise it ('ulimit -l'"), "\(line)")
    }
  }
#endif
