#if os(Linux)
  import Foundation
  import Glibc
  import SimDB

  /// What other users, and users with few rights, come to with a store. Each prints what it was, or the
  /// code of the error and what it says.
  extension TestSubject {
    /// What another user does with a store.
    enum Visit: UInt64 {
      case create, use, look, stay
    }

    /// Becomes a user of one group, who trusts one group or none (0), and visits a store.
    static func visit(_ name: String, _ numbers: [UInt64]) throws {
      guard numbers.count == 4, let visit = Visit(rawValue: numbers[3]) else { exit(2) }
      become(user: uid_t(numbers[0]), group: gid_t(numbers[1]))
      let sharing = numbers[2] == 0 ? Sharing.owner : .group(UInt32(numbers[2]))
      do throws(StoreError) {
        switch visit {
        case .create:
          let geometry = Geometry(blockSize: 64, blockCount: 256)
          print(try Database.create(name, geometry, sharing: sharing) ? "created" : "there")
        case .use:
          let database = try Database.open(name, sharing: sharing)
          let visits = try database.update("visits", as: UInt64.self) { ($0 ?? 0) + 1 }
          print(visits == nil ? "lost" : "\(try database.get("visits", as: UInt64.self) ?? 0)")
        case .look:
          let database = try Database.openReadOnly(name, sharing: sharing)
          print("\(try database.get("visits", as: UInt64.self) ?? 0)")
        case .stay:
          let database = try Database.open(name, sharing: sharing)
          try database.put("stayed", "here")
          print("ready")
          _ = readLine()
          withExtendedLifetime(database) {}
        }
      } catch {
        print("\(error.code.rawValue): \(error)")
      }
    }

    /// Locks a store's memory as a user who may lock 64 KiB.
    static func lockTooMuch(_ name: String) {
      var limit = rlimit(rlim_cur: 65_536, rlim_max: 65_536)
      guard unsafe setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else {
        exit(3)
      }
      // What root may is no matter of limits.
      if geteuid() == 0 { become(user: 54_321, group: 54_321) }
      do throws(StoreError) {
        let geometry = Geometry(blockSize: 64, blockCount: 8_192, participantCount: 4)
        _ = try Database.open(name, creating: geometry, mapping: .lock)
        print("locked")
      } catch {
        print("\(error.code.rawValue): \(error)")
      }
    }

    private static func become(user: uid_t, group: gid_t) {
      guard setgroups(0, nil) == 0, setgid(group) == 0, setuid(user) == 0 else { exit(3) }
    }
  }
#endif
