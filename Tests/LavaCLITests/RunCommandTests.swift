import Foundation
#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif
import LavaSchema
import SimDB
import Tbl
import TestSupport
import Testing

#if os(Linux)
  @Suite(.serialized) struct RunCommandTests {
    let lava = Lava()

    func store() throws -> Database {
      try Database.openReadOnly(lava.scratch.database("system-monitor"))
    }

    func host(_ name: String) throws -> HostRecord? {
      guard let bytes = try store().get("\(SchemaKey.host(name))") else { return nil }
      return HostRecord(try Tbl(validating: bytes))
    }

    /// Cycles that the history has taken.
    func taken() throws -> UInt64 {
      guard let bytes = try store().get("\(SchemaKey.nodeCounters("history"))") else { return 0 }
      return try Tbl(validating: bytes).uint("packetsIn") ?? 0
    }

    func isAlive(_ pid: Int32) -> Bool {
      ProcessIdentity(pid: UInt32(pid)).isAlive
    }

    @Test func `the monitor runs, says the way in, and ends by itself`() throws {
      let graph = try lava.startMonitor(["--for", "3s"])
      #expect(graph.lines.count <= 4)
      #expect(try eventually { try taken() > 3 })
      #expect(graph.subject.wait() == 0)
      #expect(!lava.scratch.names.contains("system-monitor.simdb"))
      #expect(eventually { !isAlive(graph.sampler) })
    }

    @Test func `Ctrl-C ends it cleanly`() throws {
      let graph = try lava.startMonitor()
      #expect(try eventually { try taken() > 0 })
      graph.subject.signal(SIGINT)
      #expect(graph.subject.wait() == 0)
      #expect(lava.scratch.names == [])
    }

    @Test func `a killed sampler returns, and nothing else stops`() throws {
      let graph = try lava.startMonitor()
      #expect(try eventually { try taken() > 2 })
      let main = try #require(try host("main"))
      kill(graph.sampler, SIGKILL)
      let noticed = try eventually { try host("sampler")?.restarts == 1 }
      #expect(noticed)
      #expect(try host("sampler")?.lastExit == "killed by signal 9")
      let before = try taken()
      #expect(try eventually { try host("sampler")?.state == .running })
      #expect(try eventually { try taken() > before + 3 })
      #expect(try host("main")?.pid == main.pid)
      graph.subject.signal(SIGTERM)
      #expect(graph.subject.wait() == 0)
    }

    @Test func `a second start is refused, and one of another name runs beside it`() throws {
      let graph = try lava.startMonitor()
      let second = try lava("run", Lava.monitor)
      #expect(second.status == 3)
      #expect(second.errors.contains("\(graph.subject.pid)"))
      let origin = graph.page.split(separator: "/?")[0]
      #expect(second.errors.contains(origin) && second.errors.contains("--name"))
      #expect(!second.errors.contains("token"))
      let other = try lava(
        "run", "--name", "other", "--for", "500ms", "--no-page", Lava.monitor)
      #expect(other.status == 0)
      graph.subject.signal(SIGINT)
      #expect(graph.subject.wait() == 0)
    }

    @Test func `ui shows the last state of a killed graph, and the next run takes over`() throws {
      let graph = try lava.startMonitor()
      #expect(try eventually { try taken() > 2 })
      graph.subject.signal(SIGKILL)
      graph.subject.wait()
      #expect(eventually { !isAlive(graph.sampler) })
      let last = try taken()
      let viewer = try lava.start(["ui", "system-monitor"])
      let address = try #require(viewer.readErrorLine())
      let snapshot = try page(address, "/api/v1/snapshot")
      let nodes = try #require(try Tbl(validating: [UInt8](snapshot)).table("nodes"))
      let ids = try #require(nodes.strings("id"))
      let index = try #require(ids.firstIndex(of: "history"))
      #expect(nodes.uints("packetsIn")?[index] == last)
      viewer.signal(SIGINT)
      #expect(viewer.wait() == 0)
      let next = try lava.startMonitor(["--for", "2s"])
      #expect(try eventually { try taken() > 0 })
      #expect(try store().statistics().participants.allSatisfy(\.isAlive))
      #expect(next.subject.wait() == 0)
      #expect(lava.scratch.names == [])
    }

    @Test func `graph and sampler killed at once leave nothing the next run does not clean`() throws
    {
      let graph = try lava.startMonitor()
      #expect(try eventually { try taken() > 2 })
      kill(graph.sampler, SIGKILL)
      graph.subject.signal(SIGKILL)
      graph.subject.wait()
      let next = try lava.startMonitor()
      #expect(try eventually { try taken() > 2 })
      #expect(try store().check() == [])
      next.subject.signal(SIGINT)
      #expect(next.subject.wait() == 0)
      #expect(lava.scratch.names == [])
    }

    @Test func `a port in use exits 3 with a remedy`() throws {
      let graph = try lava.startMonitor()
      let port = graph.page.split(separator: ":")[2].split(separator: "/")[0]
      let second = try lava("run", "--name", "other", "--port", "\(port)", Lava.monitor)
      #expect(second.status == 3)
      #expect(second.errors.contains("--port"))
      #expect(lava.scratch.names == ["system-monitor.simdb"])
      graph.subject.signal(SIGINT)
      graph.subject.wait()
    }

    /// Fetches a path of the page behind `address`, which carries the token.
    func page(_ address: String, _ path: String) throws -> Data {
      let origin = String(address.split(separator: "/?")[0])
      let configuration = URLSessionConfiguration.ephemeral
      let session = URLSession(configuration: configuration)
      defer { session.invalidateAndCancel() }
      _ = try session.fetch(try #require(URL(string: address)))
      return try session.fetch(try #require(URL(string: origin + path)))
    }
  }

  extension URLSession {
    /// The body of an answer, waiting for it.
    fileprivate func fetch(_ url: URL) throws -> Data {
      let box = AnswerBox()
      dataTask(with: url) { data, _, error in box.set(data ?? Data(), error) }.resume()
      return try box.get()
    }
  }

  private final class AnswerBox: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private var data = Data()
    private var error: (any Error)?

    func set(_ data: Data, _ error: (any Error)?) {
      self.data = data
      self.error = error
      semaphore.signal()
    }

    func get() throws -> Data {
      semaphore.wait()
      if let error { throw error }
      return data
    }
  }
#endif
