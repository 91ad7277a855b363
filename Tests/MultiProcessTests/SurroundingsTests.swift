import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

#if os(Linux)
  /// Machines without room, and whose time of day jumps.
  @Suite(.serialized) struct SurroundingsTests {
    let scratch = Scratch()

    /// Starts the subject in a memory file system of its own, of that size.
    private func start(_ work: String, inMemoryOf size: String) throws -> Subject {
      try Subject(
        [
          "-c",
          #"""
          exec unshare --mount sh -c 'mount -t tmpfs -o size="$3",mode=700 tmpfs "$0" &&
            exec "$1" "$2" "$0"' "$0" "$1" "$2" "$3"
          """#,
          scratch.path, Subject.productsDirectory.appendingPathComponent("TestSubject").path, work,
          size,
        ], program: "/bin/sh")
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `a full memory file system is an error at creation, and takes nothing from a store`()
      throws
    {
      let subject = try start("no room", inMemoryOf: "4m")
      let output = subject.readAll()
      #expect(
        output == """
          noRoom
          noRoom
          16128 entries, []
          filler store.simdb

          """, "\(subject.readAllErrors().prefix(4_000))")
      #expect(subject.wait() == 0)
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `a store that grows in a full memory file system loses nothing, and goes on with room`()
      throws
    {
      let subject = try start("grow without room", inMemoryOf: "1m")
      let output = subject.readAll()
      #expect(
        output == """
          blocks and index were refused memory
          full at 4092 entries
          [], []

          """, "\(subject.readAllErrors().prefix(4_000))")
      #expect(subject.wait() == 0)
    }

    @Test(.enabled(if: Tools.fakeTimeLibrary != nil, "needs faketime"))
    func `a clock that jumps a day has no effect`() throws {
      let clock = scratch.path + "/clock"
      func setClock(_ offset: String) throws {
        try offset.write(toFile: clock, atomically: true, encoding: .utf8)
      }
      try setClock("+0")
      let environment = [
        "LD_PRELOAD": Tools.fakeTimeLibrary ?? "", "FAKETIME_TIMESTAMP_FILE": clock,
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      ]
      let store = try Database.open(
        scratch.database(), creating: Geometry(blockSize: 64, blockCount: 4_096))
      let queue = try store.queue("queue", creating: QueueGeometry(capacity: 64))
      let program = Subject.productsDirectory.appendingPathComponent("TestSubject").path
      func start(_ work: String) throws -> Subject {
        // The library moves the environment of the first process it is in, by which Swift finds its
        // arguments; so that is a shell.
        try Subject(
          ["-c", #"exec "$0" "$@""#, program, work, scratch.database(), "1"], program: "/bin/sh",
          environment: environment)
      }
      let subjects = try [start("pop"), start("receive"), start("churn")]
      for subject in subjects { #expect(subject.readLine() == "ready") }
      var visitors: [Subject] = []
      for (round, offset) in ["+1d", "-1d", "+0"].enumerated() {
        try setClock(offset)
        visitors.append(try start("pin"))
        try store.put("pinned", "value")
        #expect(visitors[round].readLine() == "ready")
        // Both consumers are woken, whichever takes a message.
        for cycle in 0..<20 {
          _ = try queue.push(
            Message(cycle: UInt64(cycle)),
            payload: [UInt8](repeating: UInt8(cycle), count: cycle % 5 == 0 ? 300 : cycle).rawSpan)
        }
        #expect(eventually { queue.count == 0 })
        let before = store.changeCount
        #expect(eventually { store.changeCount > before + 100 })
        #expect(try store.sweep() == 0)
        #expect(try store.participants().allSatisfy { $0.isAlive })
      }
      // It was another time for who came meanwhile, or nothing was tried here.
      let attached = Participant.all(
        in: try Segment.attach(path: scratch.database(), writable: true))
      let times = visitors.map { visitor in
        attached.first { $0.pid == UInt32(visitor.pid) }?.attachTime ?? 0
      }
      let hour: UInt64 = 3_600_000_000_000
      #expect(times[0] > times[2] + 23 * hour && times[1] + 23 * hour < times[2])
      for subject in subjects + visitors {
        subject.signal(SIGKILL)
        subject.wait()
        // What the library shares between the processes of a program stays when that is killed.
        for name in ["faketime_shm_\(subject.pid)", "sem.faketime_sem_\(subject.pid)"] {
          try? FileManager.default.removeItem(atPath: "/dev/shm/" + name)
        }
      }
      #expect(try store.sweep() == 6)
      #expect(store.check() == [])
      #expect(queue.lostCount == 0)
    }
  }
#endif
