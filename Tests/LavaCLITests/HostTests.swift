import Foundation
import LavaFlow
import LavaNodes
import LavaSchema
import SimDB
import Tbl
import TestSupport
import Testing

@testable import LavaCLI

#if os(Linux)
  /// Nodes in processes of their own.
  @Suite(.serialized) struct HostTests {
    let lava = Lava()

    /// Counts words of `files`, which a host of its own reads; returns the graph's path.
    func graph(reading files: String...) throws -> String {
      let list = files.map { "\"\($0)\"" }.joined(separator: ", ")
      let path = lava.scratch.path + "/far.lava.json"
      let text = """
        {
          "lava": 1, "name": "far", "hosts": { "reader": {} },
          "nodes": {
            "read": { "type": "lava.read-text", "host": "reader", "parameters": { "files": [\(list)] } },
            "split": { "type": "lava.split-words" },
            "count": { "type": "lava.count-words" },
            "print": { "type": "lava.print" }
          },
          "edges": [
            { "from": "read.out", "to": "split.in" },
            { "from": "split.out", "to": "count.in" },
            { "from": "count.out", "to": "print.in" }
          ]
        }
        """
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }

    @Test func `a host finds files beside the graph that names them`() throws {
      try "b a b\n".write(
        toFile: lava.scratch.path + "/words.txt", atomically: true, encoding: .utf8)
      let result = try lava("run", "--no-page", graph(reading: "words.txt"))
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "2 b\n1 a\n")
    }

    @Test func `a relative path of the command line reaches a host too`() throws {
      try "b a b\n".write(
        toFile: lava.scratch.path + "/words.txt", atomically: true, encoding: .utf8)
      let file = try graph(reading: "nowhere.txt")
      let result = try lava.shell(
        #"cd "$LAVA_DIR" && "$LAVA" run --no-page --set read.files=words.txt "\#(file)""#)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "2 b\n1 a\n")
    }

    @Test func `a failure in another host is named, and the run ends with 1`() throws {
      let doomed = lava.scratch.path + "/doomed"
      #expect(try lava.shell(#"mkfifo "$LAVA_DIR/pipe" && touch "$LAVA_DIR/doomed""#).status == 0)
      let run = try lava.start(["run", "--no-page", try graph(reading: "pipe", "doomed")])
      // Opening waits until the reader has opened its end; then it has seen the other file.
      let writer = try #require(FileHandle(forWritingAtPath: lava.scratch.path + "/pipe"))
      try FileManager.default.removeItem(atPath: doomed)
      try writer.write(contentsOf: Data("x y x\n".utf8))
      try writer.close()
      let errors = run.readAllErrors()
      #expect(run.wait() == 1)
      #expect(run.readAll() == "2 x\n1 y\n")
      #expect(errors.contains("node 'read': ") && errors.contains(doomed), "\(errors)")
    }

    @Test func `a host that cannot start ends the run with 3, and its store goes`() throws {
      let file = try graph(reading: "nowhere.txt")
      let result = try lava("run", "--no-page", file)
      #expect(result.status == 3)
      #expect(result.errors.contains("\(file): $.nodes.read: "))
      #expect(result.errors.contains(lava.scratch.path + "/nowhere.txt"))
      #expect(result.errors.contains("host 'reader' cannot run"))
      #expect(lava.scratch.names == ["far.lava.json"])
    }

    @Test func `the store of a run whose host could not start is kept when told so`() throws {
      let result = try lava("run", "--no-page", "--keep", graph(reading: "nowhere.txt"))
      #expect(result.status == 3)
      #expect(lava.scratch.names.sorted() == ["far.lava.json", "far.simdb"])
      let store = try Database.openReadOnly(lava.scratch.database("far"))
      #expect(try record(of: "reader", in: store)?.state == .failed)
    }

    private func record(of host: String, in store: Database) throws -> HostRecord? {
      try store.get("\(SchemaKey.host(host))").flatMap { HostRecord(try Tbl(validating: $0)) }
    }

    @Test func `a host that was started is starting until it runs nodes`() async throws {
      let graph = try GraphFile.load(
        Lava.monitor, settings: [], [], progress: ReadProgress())
      let session = try GraphSession.claim(
        name: lava.scratch.database("system-monitor"), graph: graph)
      // Something that lives and never says that it runs.
      let program = NSTemporaryDirectory() + "/lava-host-\(UUID().uuidString)"
      try "#!/bin/sh\nexec sleep 60\n".write(toFile: program, atomically: true, encoding: .utf8)
      defer { try? FileManager.default.removeItem(atPath: program) }
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
      let hosts = HostSupervisor(
        session: session, file: Lava.monitor, workers: nil, verbose: false, program: program)
      await hosts.start(["sampler"]) {}
      let pid = try #require(await hosts.first?.pid)
      let first = try #require(try record(of: "sampler", in: session.database))
      #expect(first.state == .starting && first.pid == UInt64(pid) && first.startTime > 0)
      kill(pid, SIGKILL)
      try await waitUntil {
        let now = try record(of: "sampler", in: session.database)
        return now?.state == .starting && now?.restarts == 1 && now?.pid ?? 0 > 0
      }
      #expect(
        try record(of: "sampler", in: session.database)?.lastExit == "killed by signal 9")
      await hosts.stop()
      await hosts.waitUntilEnded()
      #expect(try record(of: "sampler", in: session.database)?.state == .ended)
    }

    @Test func `a host says by itself that it runs`() async throws {
      let graph = try GraphFile.load(
        Lava.monitor, settings: [], [], progress: ReadProgress())
      let session = try GraphSession.claim(
        name: lava.scratch.database("system-monitor"), graph: graph)
      let hosts = HostSupervisor(
        session: session, file: Lava.monitor, workers: 1, verbose: false,
        program: Subject.productsDirectory.appendingPathComponent("lava").path)
      await hosts.start(["sampler"]) {}
      let pid = try #require(await hosts.first?.pid)
      try await waitUntil {
        let now = try record(of: "sampler", in: session.database)
        return now?.state == .running && now?.pid == UInt64(pid)
      }
      await hosts.stop()
      await hosts.waitUntilEnded()
      #expect(await hosts.failure == nil)
    }
  }
#endif
