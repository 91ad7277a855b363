import Foundation
import SharedMemory
import SimDB
import TestSupport
import Testing

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
  #endif
}
