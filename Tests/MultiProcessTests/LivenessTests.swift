import Foundation
import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Where a namespace's next process gets its number from.
private let lastNumber = "/proc/sys/kernel/ns_last_pid"

/// A process lives as long as any of its threads does.
@Suite struct LivenessTests {
  let scratch = Scratch()

  /// State of the main thread, as the system shows it.
  func mainThreadState(_ pid: Int32) -> Character? {
    let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    // The name before the state may hold anything, parentheses too.
    return text?.lastIndex(of: ")").flatMap { text?[$0...].dropFirst(2).first }
  }

  #if os(Linux)
    @Test func `a process whose main thread has ended is alive`() throws {
      let subject = try Subject(["leave", scratch.database()])
      #expect(subject.readLine() == "ready")
      let started = ProcessIdentity(pid: UInt32(subject.pid))
      #expect(eventually { mainThreadState(subject.pid) == "Z" })
      let identity = ProcessIdentity(pid: UInt32(subject.pid))
      #expect(identity == started)
      #expect(identity.isAlive)
      #expect(ProcessWatch(identity) != nil)
      // Nobody takes its row away.
      let store = try Database.open(scratch.database())
      #expect(try store.sweep() == 0)
      #expect(try store.participants().count == 2)
      subject.closeInput()
      #expect(subject.wait() == 0)
      #expect(!identity.isAlive)
    }

    @Test func `a process that has ended is dead before anybody waited for it`() throws {
      // The shell that started the subject has become a program that waits for nobody.
      let shell = try Subject(
        ["-c", "\"$0\" leave \"$1\" </dev/null & echo $!; exec sleep 1000"]
          + [Subject.productsDirectory.appendingPathComponent("TestSubject").path]
          + [scratch.database()],
        executable: URL(fileURLWithPath: "/bin/sh"))
      let pid = try #require(shell.readLine().flatMap { UInt32($0) })
      #expect(shell.readLine() == "ready")
      #expect(eventually { mainThreadState(Int32(pid)) == "Z" })
      #expect(eventually { ProcessIdentity(pid: pid).startTime == .max })
      #expect(!ProcessIdentity(pid: pid).isAlive)
      #expect(mainThreadState(Int32(pid)) == "Z")
      shell.signal(SIGKILL)
      shell.wait()
    }

    // MARK: Locks and namespaces

    private func makeStore(blockCount: Int = 128) throws -> Database {
      let store = try Database.open(
        scratch.database(), creating: Geometry(blockSize: 64, blockCount: blockCount))
      try store.put("pinned", "before")
      return store
    }

    /// Pins of all participants that seem to be alive.
    private func livingPins(of store: Database) throws -> Int {
      try store.participants().filter(\.isAlive).map(\.pins).reduce(0, +)
    }

    /// Replaces the pinned value so often that every free block was used again.
    private func useAllBlocks(of store: Database) throws {
      for round in 0..<1_000 { try store.put("pinned", "\(round)") }
    }

    /// The participant table's row of a process, behind this one's.
    private func row(in store: Database) -> Int { store.segment.layout.participantsOffset + 128 }

    /// Lets the row's process be of another namespace, or of this one.
    private func setForeign(_ isForeign: Bool, in store: Database) {
      let own = store.segment.region.word(at: store.segment.layout.participantsOffset + 24)
        .loadRelaxed()
      store.segment.region.word(at: row(in: store) + 24).storeRelaxed(isForeign ? ~own : own)
    }

    private func setProcess(_ process: ProcessIdentity, in store: Database) {
      store.segment.region.word32(at: row(in: store) + 8).storeRelaxed(process.pid)
      store.segment.region.word(at: row(in: store) + 16).storeRelaxed(process.startTime)
    }

    @Test func `a process that closed the store's file is alive, and keeps what it has pinned`()
      throws
    {
      let store = try makeStore()
      let subject = try Subject(["pin without file", scratch.database()])
      #expect(subject.readLine() == "closed 2")
      #expect(try store.sweep() == 0)
      try useAllBlocks(of: store)
      #expect(try livingPins(of: store) == 1)
      subject.writeLine("say")
      #expect(subject.readLine() == "before")
      #expect(subject.wait() == 0)
      #expect(try store.sweep() == 1)
      #expect(store.check() == [])
    }

    @Test func `across namespaces who has no lock is dead, whoever has the number`() throws {
      let store = try makeStore()
      let subject = try Subject(["pin without file", scratch.database()])
      #expect(subject.readLine() == "closed 2")
      setForeign(true, in: store)
      #expect(try store.participants().map(\.isAlive) == [true, false])
      setForeign(false, in: store)
      #expect(try store.participants().map(\.isAlive) == [true, true])
      subject.signal(SIGKILL)
      subject.wait()
      // Its number is that of another, who is alive.
      setProcess(.current, in: store)
      #expect(try store.participants().map(\.isAlive) == [true, true])
      setForeign(true, in: store)
      #expect(try store.sweep() == 1)
      #expect(store.check() == [])
    }

    @Test func `across namespaces who has the lock is alive, though nobody here has its number`()
      throws
    {
      let store = try makeStore()
      let subject = try Subject(["pin", scratch.database()])
      #expect(subject.readLine() == "ready")
      setProcess(ProcessIdentity(pid: UInt32(Int32.max), startTime: 1), in: store)
      #expect(try store.participants().map(\.isAlive) == [true, false])
      setForeign(true, in: store)
      #expect(try store.sweep() == 0)
      try useAllBlocks(of: store)
      #expect(try livingPins(of: store) == 1)
      subject.signal(SIGKILL)
      subject.wait()
      #expect(try store.sweep() == 1)
      #expect(store.check() == [])
    }

    @Test(.enabled(if: Tools.canRenumber, "needs to be root, and a pid namespace of its own"))
    func `processes of another pid namespace are neither taken for dead nor take others for it`()
      throws
    {
      let store = try makeStore()
      func start(_ arguments: String...) throws -> Subject {
        try Subject(
          [
            "-c", #"exec unshare --pid --fork --kill-child "$0" "$@""#,
            Subject.productsDirectory.appendingPathComponent("TestSubject").path,
          ] + arguments, program: "/bin/sh")
      }
      let reader = try start("pin", scratch.database())
      #expect(reader.readLine() == "ready")
      #expect(try store.participants().map(\.pid) == [UInt32(getpid()), 1])
      // It sweeps when it comes, and has the number of the reader, in yet another namespace.
      let writer = try start("churn", scratch.database(), "1", "100")
      #expect(writer.readLine() == "ready" && writer.readLine() == "done")
      #expect(writer.wait() == 0)
      #expect(try store.sweep() == 0)
      try useAllBlocks(of: store)
      #expect(try livingPins(of: store) == 1 && store.participants().count == 2)
      reader.signal(SIGKILL)
      reader.wait()
      // The kernel ends the child when it has ended its parent.
      #expect(try eventually { try store.sweep() == 1 })
      #expect(try store.participants().count == 1 && store.check() == [])
    }

    @Test(
      .enabled(
        if: Tools.canRenumber && FileManager.default.fileExists(atPath: lastNumber),
        "needs to be root, and a pid namespace in which it chooses numbers"))
    func `where proc shows the processes of another namespace, nobody is taken for one of those`()
      throws
    {
      // Room for both who write, so that none of them ends.
      let store = try makeStore(blockCount: 16_384)
      // A process outside, whose parent will not wait for it.
      let parent = try Subject(
        ["-c", "sleep 1000 & echo $!; exec sleep 1000"], program: "/bin/sh")
      let pid = try #require(parent.readLine().flatMap { Int32($0) })
      // A namespace without a proc of its own: who looks there for a number finds one outside.
      let script = """
        echo $(($2 - 1)) >\(lastNumber)
        "$0" wander "$1" 7 &
        read line
        "$0" churn "$1" 1 50
        echo left
        read line
        """
      let inside = try Subject(
        [
          "-c", #"exec unshare --pid --fork --kill-child sh -c "$3" "$0" "$1" "$2""#,
          Subject.productsDirectory.appendingPathComponent("TestSubject").path,
          scratch.database(), "\(pid)", script,
        ], program: "/bin/sh")
      #expect(inside.readLine() == "ready")
      let numbers = [UInt32(getpid()), UInt32(pid)]
      #expect(try store.participants().map(\.pid) == numbers)
      // It ends outside; inside, another comes, sweeps, and goes.
      kill(pid, SIGKILL)
      #expect(eventually { mainThreadState(pid) == "Z" })
      inside.writeLine("go on")
      #expect(inside.readLine() == "ready" && inside.readLine() == "done")
      #expect(inside.readLine() == "left")
      #expect(try store.participants().map(\.pid) == numbers)
      #expect(store.check() == [])
      for subject in [inside, parent] {
        subject.signal(SIGKILL)
        subject.wait()
      }
      #expect(try eventually { try store.sweep() == 1 })
      #expect(store.check() == [])
    }
  #endif
}
