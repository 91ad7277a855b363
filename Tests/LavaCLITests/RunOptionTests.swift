import Foundation
import LavaSchema
import SimDB
import TestSupport
import Testing

/// What the options of `lava run` do.
@Suite struct RunOptionTests {
  let lava = Lava()

  func words(_ text: String = "a b a\n") throws -> String {
    let path = lava.scratch.path + "/words.txt"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func `keep leaves the store, and the next run takes it over`() throws {
    let file = try words()
    #expect(try lava("run", "--no-page", "--keep", Lava.wordCount, file).status == 0)
    #expect(lava.scratch.names.sorted() == ["word-count.simdb", "words.txt"])
    let store = try Database.openReadOnly(lava.scratch.database("word-count"))
    #expect(try store.contains("node/count/state"))
    let next = try lava("run", "--no-page", Lava.wordCount, file)
    #expect(next.status == 0 && next.output == "2 a\n1 b\n")
    #expect(lava.scratch.names == ["words.txt"])
  }

  @Test func `as many workers run as were asked for, and verbose says so`() throws {
    let file = try words()
    let result = try lava(
      "run", "--no-page", "--verbose", "--workers", "3", Lava.wordCount, file)
    #expect(result.status == 0 && result.output == "2 a\n1 b\n")
    #expect(result.errors.contains("runs 4 nodes on 3 workers"))
    let quiet = try lava("run", "--no-page", "--workers", "1", Lava.wordCount, file)
    #expect(quiet.status == 0 && quiet.output == "2 a\n1 b\n" && quiet.errors == "")
  }

  @Test(arguments: ["0", "65", "-1", "many"])
  func `an impossible number of workers is wrong usage`(count: String) throws {
    let result = try lava("run", "--workers=\(count)", Lava.wordCount)
    #expect(result.status == 2 && result.errors.contains("--workers"))
  }

  @Test(arguments: ["count.words", "count=3", "Count.words=3", "=", ""])
  func `a setting of another form is told the right one`(text: String) throws {
    let result = try lava("run", "--set", text, Lava.wordCount)
    #expect(result.status == 2)
    #expect(result.errors.contains("'\(text)' sets no parameter; write NODE.PARAMETER=VALUE"))
    #expect(try lava("run", "--help").output.contains("--set <NODE.PARAMETER=VALUE>"))
  }

  @Test func `the help tells the status of a second Ctrl-C`() throws {
    #expect(try lava("run", "--help").output.contains("130"))
  }

  #if os(Linux)
    @Test func `a free port that is asked for is taken`() throws {
      // Another test may take the port in between: then another one is tried.
      var found: (port: Int, graph: RunningGraph)?
      for _ in 0..<10 where found == nil {
        let first = try lava.startMonitor()
        let port = try #require(URL(string: first.page)?.port)
        first.subject.signal(SIGINT)
        #expect(first.subject.wait() == 0)
        found = (try? lava.startMonitor(["--port", "\(port)"])).map { (port, $0) }
      }
      let (port, second) = try #require(found)
      #expect(second.page.hasPrefix("http://127.0.0.1:\(port)/?token="))
      second.subject.signal(SIGINT)
      #expect(second.subject.wait() == 0)
    }

    @Test func `a run that ends while its hosts still start takes them along`() throws {
      for _ in 0..<4 {
        let result = try lava("run", "--no-page", "--for", "1ms", Lava.monitor)
        #expect(result.status == 0, "\(result.errors)")
        #expect(lava.scratch.names == [])
      }
    }

    @Test func `a node that failed is named with its last error`() throws {
      // The reader waits for a pipe while the file behind it goes.
      let pipe = lava.scratch.path + "/pipe"
      #expect(try lava.shell(#"mkfifo "$LAVA_DIR/pipe""#).status == 0)
      let doomed = try words()
      let run = try lava.start(["run", "--no-page", Lava.wordCount, pipe, doomed])
      // Opening waits until the reader has opened its end.
      let writer = try #require(FileHandle(forWritingAtPath: pipe))
      try FileManager.default.removeItem(atPath: doomed)
      try writer.write(contentsOf: Data("x y x\n".utf8))
      try writer.close()
      let errors = run.readAllErrors()
      #expect(run.wait() == 1)
      #expect(run.readAll() == "2 x\n1 y\n")
      #expect(errors.contains("node 'read': ") && errors.contains(doomed), "\(errors)")
      #expect(!errors.contains("the page"))
    }
  #endif
}
