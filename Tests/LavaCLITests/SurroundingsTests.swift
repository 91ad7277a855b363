import Foundation
import SharedStructures
import SimDB
import TestSupport
import Testing

#if os(Linux)
  /// A terminal, a machine without room, and one that does not tell of itself.
  @Suite(.serialized) struct SurroundingsTests {
    let lava = Lava()

    @Test(.enabled(if: Tools.has("script"), "needs script(1) for a terminal"))
    func `on a terminal a line tells how far reading has come, and goes at the end`() throws {
      let file = lava.scratch.path + "/words.txt"
      let pipe = lava.scratch.path + "/pipe"
      let seen = lava.scratch.path + "/seen"
      try "a b a b a\n".write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try lava.shell(#"mkfifo "$LAVA_DIR/pipe""#).status == 0)
      let run = try lava.startShell(
        #"""
        exec script -qefc "'$LAVA' run --no-page '\#(Lava.wordCount)' '\#(file)' '\#(pipe)'" /dev/null \
          >"$LAVA_DIR/seen" </dev/null
        """#)
      func text() -> String {
        String(decoding: FileManager.default.contents(atPath: seen) ?? Data(), as: UTF8.self)
      }
      // The file was read, and the pipe keeps the graph from its end.
      #expect(eventually(within: 20) { text().contains("10 B of 10 B") })
      #expect(text().contains("\r\u{1b}[K"))
      let writer = try #require(FileHandle(forWritingAtPath: pipe))
      try writer.close()
      #expect(run.wait() == 0)
      let said = text()
      let last = try #require(said.range(of: "10 B of 10 B", options: .backwards))
      #expect(said[last.upperBound...].contains("\r\u{1b}[K"))
      #expect(said.contains("3 a") && said.contains("2 b"))
    }

    @Test(.enabled(if: Tools.has("script"), "needs script(1) for a terminal"))
    func `on a terminal a line tells what is being measured, and goes at the end`() throws {
      let said = try lava.shell(
        #"""
        exec script -qefc "'$LAVA' bench store --keys 1000 --seconds 0.001" /dev/null </dev/null
        """#)
      #expect(said.status == 0)
      #expect(said.output.contains("\r\u{1b}[K1 of 9: filling"))
      #expect(said.output.contains("\r\u{1b}[K5 of 9: put over"))
      let last = try #require(said.output.range(of: "9 of 9: put over", options: .backwards))
      #expect(said.output[last.upperBound...].hasPrefix("\r\u{1b}[K"))
      #expect(said.output[last.upperBound...].contains("OPERATION"))
    }

    /// Runs `lava` with standard output and error on a terminal, which ends lines with two characters.
    private func onTerminal(_ command: String) throws -> Lava.Result {
      try lava.shell(
        #"exec script -qefc "'$LAVA' \#(command)" /dev/null </dev/null"#)
    }

    @Test(
      .enabled(if: Tools.has("script"), "needs script(1) for a terminal"),
      arguments: [
        "db get store text", "db get store table", "db get store json --json",
        "db watch store --present --values --count 5", "db keys store", "queue peek store q",
        "queue peek store q --count 2", "queue ls store", "queue stat store q", "queue pop store q",
        "queue pop store absent\u{1b}[2J", "queue drain store q --show",
      ])
    func `a terminal is not steered by what others stored`(command: String) throws {
      let store = try Database.open(
        lava.scratch.database("store"), creating: Geometry(blockCount: 8_192))
      let evil = "\u{1b}]0;title\u{7}\u{9b}2J\r"
      try store.put("text", evil)
      try store.put("json", #"""# + evil + #"""#, type: .json)
      try store.put("key" + evil, "value")
      let table = try store.table("table", creating: TableGeometry())
      do {
        var writer = try table.writer()
        try writer.set("key" + evil, evil)
      }
      _ = try store.byteQueue("q" + evil, creating: ByteQueueGeometry())
      let queue = try store.byteQueue("q", creating: ByteQueueGeometry())
      _ = try queue.push(evil)
      let result = try onTerminal(command)
      let text = result.output.replacing("\r\n", with: "\n")
        // The word 'error:' is red.
        .replacing("\u{1b}[31m", with: "").replacing("\u{1b}[0m", with: "")
      #expect(!text.isEmpty)
      let controls = text.unicodeScalars.filter {
        $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
      }
      #expect(controls.isEmpty, "\(text.debugDescription)")
      withExtendedLifetime(store) {}
    }

    @Test(.enabled(if: Tools.has("script"), "needs script(1) for a terminal"))
    func `on a terminal get writes something readable`() throws {
      let store = try Database.open(
        lava.scratch.database("store"), creating: Geometry(blockCount: 256))
      try store.put("bytes", [0x1b, 0x5d, 0x00, 0x41] as [UInt8])
      try store.put("text", "héllo", type: .utf8)
      let bytes = try onTerminal("db get store bytes")
      #expect(bytes.status == 0)
      #expect(bytes.output.hasPrefix("00000000  1b 5d 00 41  "))
      #expect(bytes.output.hasSuffix("  .].A\r\n"))
      #expect(try onTerminal("db get store text").output == "héllo\r\n")
      #expect(try lava("db", "get", "store", "bytes").output == "\u{1b}]\u{0}A")
      #expect(try onTerminal("db get store absent").status == 1)
    }

    @Test(.enabled(if: Tools.has("script"), "needs script(1) for a terminal"))
    func `on a terminal a line counts what is saved and loaded, and goes at the end`() throws {
      let store = try Database.open(
        lava.scratch.database("store"), creating: Geometry(blockSize: 64, blockCount: 8_192))
      for number in 0..<5_000 { try store.put("key \(number)", "value") }
      let file = lava.scratch.path + "/saved"
      for (command, verb) in [("save store", "saved"), ("load copy", "loaded")] {
        let said = try onTerminal("db \(command) '\(file)'")
        #expect(said.status == 0)
        #expect(
          said.output
            == "\r\u{1b}[K4096 entries \(verb)\r\u{1b}[K5000 entries \(verb)\r\n")
        // Elsewhere there is but the result.
        let words = command.split(separator: " ").map(String.init)
        let elsewhere = try lava(["db"] + words + [file])
        #expect(elsewhere.output == "5000 entries \(verb)\n" && elsewhere.errors == "")
      }
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `a file system that cannot promise memory is refused`() throws {
      // One of the kind that takes memory when a page is touched, whatever there is.
      let result = try lava.shell(
        #"""
        exec unshare --mount sh -c 'mount -t ramfs -o mode=700 ramfs "$LAVA_DIR" &&
          "$LAVA" db create store; status=$?; ls -A "$LAVA_DIR"; exit $status'
        """#)
      #expect(result.status == 3 && result.output == "")
      #expect(result.errors.contains("fallocate: Operation not supported"), "\(result.errors)")
      #expect(result.errors.contains("file system with fallocate"))
      #expect(result.errors.contains("LAVA_DIR"))
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `a memory file system without room is an error with its remedy`() throws {
      let result = try lava.shell(
        #"""
        exec unshare --mount sh -c 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$LAVA_DIR" &&
          "$LAVA" db create big; status=$?; ls -A "$LAVA_DIR"; exit $status'
        """#)
      #expect(result.status == 3)
      #expect(result.errors.contains("No space left on device"), "\(result.errors)")
      // Nothing half made stays.
      #expect(result.output == "")
    }

    @Test func `a graph whose store is cut short says so and ends`() throws {
      let graph = try lava.startMonitor()
      let store = URL(fileURLWithPath: lava.scratch.path + "/system-monitor.simdb")
      try FileHandle(forWritingTo: store).truncate(atOffset: 0)
      let errors = graph.subject.readAllErrors()
      #expect(errors.contains("was cut short under its users"), "\(errors)")
      // A packet failed, or else the run itself, whichever met the loss first.
      #expect([1, 3].contains(graph.subject.wait()))
      #expect(lava.scratch.names == [])
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `a machine without proc is an error with its remedy`() throws {
      let result = try lava.shell(
        #"""
        exec unshare --mount sh -c 'mount -t tmpfs tmpfs /proc &&
          exec "$LAVA" run --no-page "\#(Lava.monitor)"'
        """#)
      #expect(result.status == 3)
      #expect(result.errors.contains("/proc") && result.errors.contains("mount it"))
      #expect(lava.scratch.names == [])
    }

    @Test(.enabled(if: Tools.canMount, "needs to be root, and a mount namespace of its own"))
    func `what is to be measured and has no room is an error, and leaves nothing`() throws {
      let result = try lava.shell(
        #"""
        exec unshare --mount sh -c 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$LAVA_DIR" &&
          "$LAVA" bench store; status=$?; ls -A "$LAVA_DIR"; exit $status'
        """#)
      #expect(result.status == 3 && result.output == "")
      #expect(result.errors.contains("No space left on device"), "\(result.errors)")
    }

    @Test(.enabled(if: Tools.has("setpriv"), "needs setpriv(1) to give up root's rights"))
    func `a directory that cannot be read is an error, and no empty list`() throws {
      let result = try lava.shell(
        #"""
        chmod 300 "$LAVA_DIR"
        rights=-dac_override,-dac_read_search
        [ "$(id -u)" != 0 ] || less="setpriv --bounding-set=$rights --inh-caps=$rights"
        $less "$LAVA" db ls; status=$?
        chmod 700 "$LAVA_DIR"; exit $status
        """#)
      #expect(result.status == 3)
      #expect(result.errors.contains("'\(lava.scratch.path)': opendir: Permission denied"))
    }
  }
#endif
