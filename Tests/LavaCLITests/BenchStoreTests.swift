import Foundation
import SimDB
import TestSupport
import Testing

@testable import LavaCLI

/// `lava bench store`: that it measures what it says, and leaves nothing behind.
@Suite struct BenchStoreTests {
  let lava = Lava()

  @Test func `every operation is measured by all threads of all processes`() throws {
    let result = try lava(
      "bench", "store", "--keys", "1000", "--seconds", "0.01", "--processes", "2", "--threads", "2",
      "--json")
    #expect(result.status == 0, "\(result.errors)")
    let report = try #require(try result.json() as? [String: Any])
    #expect(report["keys"] as? Int == 1_000 && report["valueBytes"] as? Int == 64)
    #expect(report["processes"] as? Int == 2 && report["threads"] as? Int == 2)
    #expect(report["interrupted"] as? Bool == false)
    #expect((report["loopNanoseconds"] as? Double ?? 0) > 0)
    let machine = try #require(report["machine"] as? [String: Any])
    for field in ["processor", "processors", "memoryBytes", "system", "lava", "swift", "build"] {
      #expect(machine[field] != nil, "\(field)")
    }
    let rows = try #require(report["results"] as? [[String: Any]])
    #expect(
      rows.map { "\($0["operation"] ?? "") \($0["valueBytes"] ?? "")" } == [
        "get 64", "getInPlace 64", "getAbsent 64", "putOver 64", "deleteInsert 64",
        "get 1048576", "getInPlace 1048576", "putOver 1048576",
      ])
    for row in rows {
      // Each thread comes to one operation at least.
      #expect((row["operations"] as? Int ?? 0) >= 4, "\(row)")
      #expect((row["nanosecondsPerOperation"] as? Double ?? 0) > 0, "\(row)")
    }
    #expect(lava.scratch.names == [])
  }

  @Test func `the table names the machine and the compiler`() throws {
    let result = try lava(
      "bench", "store", "--keys", "1000", "--seconds", "0.002", "--value-size", "2097152")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("machine   ") && lines[0].contains(" processors, "))
    #expect(lines[1].contains("lava 0.1.0, Swift 6.") && lines[1].hasSuffix(" build"))
    #expect(lines[2] == "database  1,000 keys of 16 bytes, values of 2 MiB")
    #expect(lines[3] == "at once   1 process of 1 thread, each operation for 0.002 s")
    #expect(lines[4].split(separator: " ") == ["OPERATION", "VALUE", "NS/OP", "OPS/S", "GB/S"])
    // Values that are large anyway are measured once.
    #expect(lines.count == 11 && lines[10].contains("are the loop"))
    #expect(result.errors.contains("debug build") == (BenchMachine.configuration == "debug"))
  }

  @Test(arguments: [
    ["--keys", "999"], ["--keys", "many"], ["--value-size", "7"], ["--threads", "0"],
    ["--threads", "65"], ["--processes", "0"], ["--processes=-1"], ["--seconds", "0"],
    ["--seconds", "4000"],
  ])
  func `what cannot be measured is wrong usage`(options: [String]) throws {
    let name = options[0].prefix { $0 != "=" }
    let subject = try lava.start(["bench", "store"] + options)
    #expect(subject.readAllErrors().contains(name))
    #expect(subject.wait() == 2)
    #expect(lava.scratch.names == [])
  }

  @Test(arguments: [
    ("1000", "64", "64", "room for 4095"), ("4095", "64", "64", "room for 4095"),
    ("1000", "16", "63", "choose 1008 or more"),
  ])
  func `threads without lanes or keys of their own are wrong usage`(
    keys: String, threads: String, processes: String, limit: String
  ) throws {
    let result = try lava(
      "bench", "store", "--keys", keys, "--threads", threads, "--processes", processes)
    #expect(result.status == 2 && result.errors.contains(limit), "\(result.errors)")
    #expect(lava.scratch.names == [])
  }

  @Test func `as many threads can be measured as a database has lanes beside its filler's`() throws
  {
    let settings = BenchSettings(keys: 1_000, valueBytes: 64, processes: 1, threads: 1)
    let database = try Database.open(lava.scratch.database(), creating: settings.geometry)
    #expect(try database.statistics().laneCount == BenchSettings.maximumWorkers + 1)
  }

  @Test func `a database that cannot be is refused`() throws {
    let result = try lava("bench", "store", "--keys", "200000000", "--value-size", "1000000")
    #expect(result.status == 2 && result.errors.contains("block count"), "\(result.errors)")
    #expect(lava.scratch.names == [])
  }

  @Test func `the help tells what the figures are, and the status of a Ctrl-C`() throws {
    #expect(try lava("bench", "--help").output.contains("store"))
    #expect(try !lava("bench", "--help").output.contains("worker"))
    let help = try lava("bench", "store", "--help").output
    #expect(help.contains("perfect scaling") && help.contains("130"))
  }

  // MARK: Loads

  @Test(arguments: [8, 64, 20_000])
  func `every operation finds what was put`(valueBytes: Int) throws {
    let settings = BenchSettings(keys: 1_000, valueBytes: valueBytes, processes: 1, threads: 3)
    let database = try Database.open(lava.scratch.database(), creating: settings.geometry)
    var filler = BenchLoad(database, settings)
    try filler.fill { false }
    #expect(try database.statistics().entries == 1_000)
    for operation in BenchOperation.all {
      try inThreads(
        (0..<3).map { worker in
          {
            var load = BenchLoad(database, settings, worker: worker)
            let outcome = try load.perform(operation, nanoseconds: 2_000_000) { false }
            #expect(outcome.operations > 0 && outcome.nanoseconds >= 2_000_000)
            #expect(outcome.wrong == 0, "\(operation)")
          }
        })
    }
    #expect(try database.statistics().entries == 1_000)
    #expect(database.check() == [])
  }

  @Test func `a value that is not what was put is counted, and fails the run`() throws {
    let settings = BenchSettings(keys: 1_000, valueBytes: 64, processes: 1, threads: 1)
    let database = try Database.open(lava.scratch.database(), creating: settings.geometry)
    var load = BenchLoad(database, settings)
    try load.fill { false }
    for key in try database.keys() { try database.put(key, [UInt8](repeating: 0xff, count: 64)) }
    for operation in [BenchOperation.get, .getInPlace] {
      let outcome = try load.perform(operation, nanoseconds: 1_000_000) { false }
      #expect(outcome.wrong >= outcome.operations)
      let result = BenchResult(operation, settings, [outcome])
      let error = try #require(BenchWrongResult([result]))
      #expect(error.status == .failure && error.text.contains("'\(operation.title)'"))
    }
    for key in try database.keys() { try database.delete(key) }
    var empty = BenchLoad(database, settings)
    #expect(try empty.perform(.deleteInsert, nanoseconds: 1_000_000) { false }.wrong > 0)
    var fine = BenchLoad(database, settings)
    #expect(try fine.perform(.getAbsent, nanoseconds: 1_000_000) { false }.wrong == 0)
  }

  @Test func `rates of threads add up`() {
    let settings = BenchSettings(keys: 1_000, valueBytes: 1_000, processes: 2, threads: 1)
    let result = BenchResult(
      .get, settings,
      [
        BenchLoad.Outcome(operations: 1_000, nanoseconds: 1_000_000),
        BenchLoad.Outcome(operations: 3_000, nanoseconds: 1_000_000),
      ])
    #expect(result.operations == 4_000)
    #expect(abs(result.nanosecondsPerOperation - 250) < 0.001)
    #expect(abs((result.bytesPerSecond ?? 0) - 4e9) < 1)
    #expect(BenchResult(.getInPlace, settings, []).bytesPerSecond == nil)
  }

  // MARK: Ends

  #if os(Linux)
    /// A measurement that would take minutes, and has begun.
    private func startLong(_ options: [String] = []) throws -> (Subject, workers: [Int32]) {
      let subject = try lava.start(
        ["bench", "store", "--keys", "1000", "--seconds", "60", "--processes", "2"] + options)
      // The database loses its name when both are attached.
      let begun = eventually(within: 30) {
        workers(of: subject).count == 2 && lava.scratch.names.isEmpty
      }
      try #require(begun)
      return (subject, workers(of: subject))
    }

    /// Processes that measure for `subject`.
    private func workers(of subject: Subject) -> [Int32] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.compactMap(Int32.init).filter { pid in
        let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return String(decoding: words, as: UTF8.self)
          .contains("bench\0worker\0bench-\(subject.pid)-")
      }
    }

    @Test func `Ctrl-C ends it cleanly, and says what was measured`() throws {
      let (subject, _) = try startLong()
      subject.signal(SIGINT)
      #expect(eventually(within: 20) { workers(of: subject).isEmpty })
      let output = subject.readAll()
      #expect(subject.wait() == 130)
      #expect(
        output.contains("at once   2 processes of 1 thread") && output.hasSuffix("measured\n"))
      #expect(lava.scratch.names == [])
    }

    @Test func `JSON tells that it was interrupted`() throws {
      let (subject, _) = try startLong(["--json"])
      subject.signal(SIGTERM)
      #expect(eventually(within: 20) { workers(of: subject).isEmpty })
      let output = subject.readAll()
      #expect(subject.wait() == 130)
      let report = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
      #expect(report?["interrupted"] as? Bool == true)
      #expect((report?["results"] as? [Any])?.isEmpty == true)
    }

    @Test func `killed, it leaves no process and no database`() throws {
      let (subject, _) = try startLong()
      subject.signal(SIGKILL)
      subject.wait()
      #expect(eventually(within: 20) { workers(of: subject).isEmpty })
      #expect(lava.scratch.names == [])
    }

    @Test func `who measures removes a database that was left with its name`() throws {
      let settings = BenchSettings(keys: 1_000, valueBytes: 64, processes: 1, threads: 1)
      for isAttached in [false, true] {
        let name = "bench-left-\(isAttached)"
        let worker = try lava.start([
          "bench", "worker", name, "0", "--keys", "1000", "--value-size", "64", "--threads", "1",
          "--processes", "1",
        ])
        #expect(worker.readLine() == "[]")
        let database = try Database.open(
          lava.scratch.database(name), creating: settings.geometry)
        if isAttached {
          worker.writeLine(
            String(decoding: try JSONEncoder().encode(BenchOrder.attach), as: UTF8.self))
          #expect(worker.readLine() == "[]")
        }
        worker.closeInput()
        #expect(worker.wait() == 0 && worker.readAllErrors() == "")
        #expect(lava.scratch.names == [] && !database.isLive)
      }
    }

    @Test func `killed at any moment, it leaves no process and no database`() throws {
      var random = SeededGenerator()
      for _ in 0..<10 {
        let subject = try lava.start(
          ["bench", "store", "--keys", "1000", "--seconds", "60", "--processes", "2"])
        let moment =
          SystemClock.monotonicNanoseconds + UInt64.random(in: 0..<200_000_000, using: &random)
        _ = eventually(within: 1) { SystemClock.monotonicNanoseconds >= moment }
        subject.signal(SIGKILL)
        subject.wait()
        #expect(eventually(within: 20) { workers(of: subject).isEmpty && lava.scratch.names == [] })
      }
    }

    @Test func `a process that dies while it measures is an error`() throws {
      let (subject, workers) = try startLong()
      for worker in workers { kill(worker, SIGKILL) }
      #expect(subject.readAllErrors().contains("ended before it was done"))
      #expect(subject.wait() == 3)
      #expect(lava.scratch.names == [])
    }
  #endif
}
