#if os(Linux)
  import TestSupport
  import Testing

  @testable import Tbl

  /// What documents promise to do without allocating, done in a process that has no memory left: in
  /// builds for debugging too.
  @Suite struct `Lookups allocate nothing` {
    @Test func `in a small map`() async {
      await #expect(processExitsWith: .success) { try Self.check(0) }
    }

    @Test func `in a large map`() async {
      await #expect(processExitsWith: .success) { try Self.check(300) }
    }

    @Test func `an allocation would end the process`() async {
      await #expect(processExitsWith: .failure) {
        guard let table = try? Self.document(0) else { return }
        _ = withoutMemory { table.doubles("span")?.count ?? 0 }
      }
    }

    /// Which of several things are as they should be.
    private struct Tally {
      private(set) var count = 0
      /// The number of the first that is not; 0 when all are.
      private(set) var wrong = 0

      mutating func note(_ isRight: Bool) {
        count += 1
        if !isRight && wrong == 0 { wrong = count }
      }
    }

    /// - Parameter filling: Keys beside those that are looked up.
    private static func check(_ filling: Int) throws {
      let table = try document(filling)
      let paths = [Tbl.Path("table.span.1"), Tbl.Path("list.1"), Tbl.Path("table.absent")]
      let tally = try withoutMemory {
        var tally = Tally()
        try table.withView { (view) throws in
          try byKey(view, &tally)
          try byNumber(view, filling, &tally)
          try byPath(view, paths, &tally)
          try inVectors(view, &tally)
        }
        owned(table, &tally)
        return tally
      }
      #expect(tally.wrong == 0, "of \(tally.count)")
      #expect(tally.count == 33)
    }

    private static func document(_ filling: Int) throws -> Tbl {
      let inner = try build { builder in
        builder.set("span", vector: [1.5, 2.5])
        builder.set("x", 7)
      }
      return try build { builder in
        builder.setVector(values: [.int(1), .string("a"), .double(0.5)])
        for number in 0..<filling { builder.set("filling \(number)", number) }
        builder.set("int", Int8(-1))
        builder.set("double", 0.5)
        builder.set("bool", true)
        builder.set("text", "sixteen bytes ok")
        builder.set("uuid", bytes: Array(0..<16))
        builder.set("table", inner)
        builder.set("span", vector: [1, 2, 3] as [Double])
        builder.set("list", vector: ["p", "q", "r"])
      }
    }

    private static func byKey(_ view: borrowing Tbl.View, _ tally: inout Tally) throws {
      tally.note(try view.int("int") == -1)
      tally.note(try view.uint("int") == nil)
      tally.note(try view.double("double") == 0.5)
      tally.note(try view.bool("bool") == true)
      tally.note(try view.string("int") == nil)
      tally.note(try view.bytes("uuid")?.byteCount == 16)
      tally.note(try view.uuid("uuid") != nil)
      tally.note(try view.timestamp("int")?.nanoseconds == -1)
      tally.note(try view.table("table")?.int("x") == 7)
      tally.note(try view.span("span", of: Double.self)?[2] == 3)
      tally.note(try view.field("text")?.bytes()?.byteCount == 16)
      tally.note(try view.field("a key of more than fifteen bytes, and absent")?.count == nil)
    }

    private static func byNumber(
      _ view: borrowing Tbl.View, _ first: Int, _ tally: inout Tally
    ) throws {
      tally.note(try view.int(at: first) == -1)
      tally.note(try view.double(at: first + 1) == 0.5)
      tally.note(try view.bool(at: first + 2) == true)
      tally.note(try view.bytes(at: first + 4)?.byteCount == 16)
      tally.note(try view.table(at: first + 5)?.count == 2)
      tally.note(try view.span(at: first + 6, of: Double.self)?.count == 3)
      tally.note(try view.keyBytes(at: first).byteCount == 3)
    }

    private static func byPath(
      _ view: borrowing Tbl.View, _ paths: [Tbl.Path], _ tally: inout Tally
    ) throws {
      tally.note(try view.field(at: paths[0])?.double == 2.5)
      tally.note(try view.field(at: paths[1])?.string() == "q")
      tally.note(try view.field(at: paths[2])?.count == nil)
    }

    private static func inVectors(_ view: borrowing Tbl.View, _ tally: inout Tally) throws {
      tally.note(try view.vector()?.value(at: 2)?.double == 0.5)
      tally.note(try view.vector()?.slicing(1..<3)?.element(at: 0).string() == "a")
      tally.note(try view.field("list")?.bytes(at: 2)?.byteCount == 1)
      tally.note(try view.field("list")?.slicing(1..<3)?.string(at: 1) == "r")
      tally.note(try view.field("span")?.slicing(1..<2)?.span(of: Double.self)?[0] == 2)
    }

    private static func owned(_ table: Tbl, _ tally: inout Tally) {
      tally.note(table.int("int") == -1)
      tally.note(table.double("double") == 0.5)
      tally.note(table.bool("bool") == true)
      tally.note(table.uuid("uuid") != nil)
      tally.note(table.timestamp("int") != nil)
      tally.note(table.count > 7)
    }
  }
#endif
