import ArgumentParser
import Foundation
import SimDB
import Tbl
import TestSupport
import Testing

@testable import LavaCLI

/// A result that does not arrive is an error, and so is whatever else the system refuses; neither is
/// wrong usage.
@Suite struct OutputTests {
  let lava = Lava()
  let store: Database

  init() throws {
    store = try Database.open(
      lava.scratch.database("store"), creating: Geometry(blockCount: 4_096))
    try store.put("text", "héllo", type: .utf8)
    try store.put("large", [UInt8](repeating: 7, count: 70_000))
    let document = try build { $0.set("x", vector: [1, 2]) }
    try Data(document.bytes).write(to: URL(fileURLWithPath: lava.scratch.path + "/doc"))
  }

  #if os(Linux)
    @Test(arguments: [
      "db get store text", "db get store large", "db get store text --json", "db keys store",
      "db keys store --json", "db ls", "db ls --json", "db stat store", "db stat store --json",
      "db check store", "db repair store", "db create store", "db put store key value --json",
      "db rm store text --json", "db save store $LAVA_DIR/saved", "db watch store --present",
      "bench store --keys 1000 --seconds 0.001", "--help", "--version", "db get --help",
      "--generate-completion-script bash", "tbl show $LAVA_DIR/doc", "tbl get $LAVA_DIR/doc x",
      "tbl stats $LAVA_DIR/doc", "tbl stats $LAVA_DIR/doc --json", "tbl validate $LAVA_DIR/doc",
      "tbl to-json $LAVA_DIR/doc", "tbl to-csv $LAVA_DIR/doc",
      "tbl to-arrow $LAVA_DIR/doc",
    ])
    func `a result that cannot be written is an error`(command: String) throws {
      let result = try lava.shell(#""$LAVA" \#(command) >/dev/full"#)
      #expect(result.status == 3)
      let said = "error: standard output: No space left on device; "
      #expect(result.errors.contains(said), "\(result.errors)")
    }

    @Test func `errors that nobody can read are no crash`() throws {
      #expect(try lava.shell(#""$LAVA" db get store absent 2>/dev/full"#).status == 1)
      #expect(try lava.shell(#""$LAVA" db get 2>/dev/full"#).status == 2)
    }
  #endif

  @Test(arguments: ["--immediate", ""])
  func `nothing is opened in place of a closed output`(how: String) throws {
    let result = try lava.shell(#""$LAVA" db watch store --present \#(how) >&-"#)
    #expect(result.status == 3 && result.errors.contains("standard output: "))
    #expect(store.check() == [])
    #expect(try lava.shell(#""$LAVA" db get store text >&- 2>&-"#).status == 3)
    #expect(try Database.openReadOnly(lava.scratch.database("store")).contains("text"))
  }

  @Test func `a reader that goes early ends a command quietly`() throws {
    for number in 0..<3_000 {
      try store.put("a key of some length, so that all are more than a pipe holds \(number)", "")
    }
    let result = try lava.shell(
      #"{ "$LAVA" db keys store; echo "status $?" >&2; } | head -n 1; exit 0"#)
    #expect(result.output.split(separator: "\n").count == 1)
    // As a shell tells of SIGPIPE.
    #expect(result.errors == "status 141\n")
  }

  @Test func `what is found comes out before what went wrong`() throws {
    let result = try lava.shell(#""$LAVA" db rm store text absent --json 2>&1"#)
    #expect(result.status == 1)
    let json = try #require(result.output.range(of: "}\n"))
    #expect(result.output[json.upperBound...].hasPrefix("error: "))
  }

  @Test func `an input that cannot be read is an error, and nothing is stored`() throws {
    let folder = try lava.shell(#""$LAVA" db put store key <"$LAVA_DIR""#)
    #expect(folder.status == 3)
    #expect(folder.errors.hasPrefix("error: standard input: Is a directory; "))
    #expect(try lava.shell(#""$LAVA" db put store key <&-"#).status == 3)
    #expect(try !store.contains("key"))
  }

  @Test func `only wrong usage is called so`() {
    #expect(Main.report(ValidationError("choose another")) == 2)
    #expect(Main.report(CocoaError(.fileReadNoSuchFile)) == 3)
    #expect(Main.report(CancellationError()) == 3)
    #expect(Main.report(ExitCode(1)) == 1)
  }

  @Test func `errors of the system are told in its words`() {
    let cause = NSError(domain: NSPOSIXErrorDomain, code: Int(EISDIR))
    #expect(cause.systemWords == "Is a directory")
    let error = NSError(
      domain: NSCocoaErrorDomain, code: 256, userInfo: [NSUnderlyingErrorKey: cause])
    #expect(error.systemWords == "Is a directory")
    #expect(CancellationError().systemWords == "CancellationError()")
  }
}
