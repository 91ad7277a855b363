import Foundation
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
