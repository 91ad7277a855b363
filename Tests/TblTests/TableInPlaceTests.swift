import TestSupport
import Testing

@testable import Tbl

/// A table that is made inside the one around it has the same bytes as one that is made alone and
/// copied.
@Suite struct `Tables made in place` {
  @Test func `any document comes out byte for byte`() throws {
    var random = SeededGenerator()
    for _ in 0..<(200 * scale) {
      let table = try RandomDocument(using: &random).table
      var builder = Tbl.Builder()
      try rebuild(table, in: &builder)
      #expect(try (consume builder).finish().bytes == table.bytes)
    }
  }

  @Test func `own vectors, strides and many keys lie where they lie in a table alone`() throws {
    let numbers: [Double] = (0..<24).map { Double($0) }
    func fill(_ builder: inout Tbl.Builder) throws(TblError) {
      builder.set("early", "text of odd length")
      builder.setVector([1, 2, 3] as [Int16])
      builder.setVector([1.5, 2.5])
      let columns = try Tbl.Tensor(numbers.span, shape: [4, 6]).transposed()
      builder.set("columns", tensor: columns, keepingStrides: true)
      for number in 0..<100 { builder.set("key \(number)", number) }
    }
    let alone = try build(fill)
    let inner = try build { builder in
      builder.set("before", "odd")
      builder.set("inner", alone)
      builder.set("behind", [1, 2].count)
    }
    let inPlace = try build { builder throws(TblError) in
      builder.set("before", "odd")
      try builder.set("inner", table: fill)
      builder.set("behind", [1, 2].count)
    }
    #expect(inPlace.bytes == inner.bytes)
    #expect(try Tbl(validating: inPlace.bytes) == inPlace)
  }

  @Test func `nothing is left of a table whose making fails`() throws {
    struct Stopped: Error {}
    let alone = try build { builder in
      builder.set("a", 1)
      builder.set("c", 3)
    }
    var builder = Tbl.Builder()
    builder.set("a", 1)
    #expect(throws: Stopped.self) {
      try builder.set("b") { inner in
        inner.set("x", "lost")
        try inner.set("y") { innermost in
          innermost.set("z", "lost as well")
          throw Stopped()
        }
      }
    }
    #expect(builder.count == 1)
    builder.set("c", 3)
    #expect(try (consume builder).finish().bytes == alone.bytes)
  }

  @Test func `a failure inside names its path, and nothing is set after it`() {
    var calls = 0
    let error = #expect(throws: TblError.self) {
      try build { builder in
        builder.set("outer") { outer in
          outer.set("inner") { $0.set("v", vector: [1], shape: [2]) }
          outer.set("later") { _ in calls += 1 }
        }
        builder.set("later") { _ in calls += 1 }
      }
    }
    #expect(error?.code == .wrongShape)
    #expect(error?.place == "key 'outer', key 'inner', key 'v'")
    #expect(calls == 0)
  }

  @Test func `a key set twice is refused inside, and a key of the table around it is not`() throws {
    let table = try build { builder in
      builder.set("a", 1)
      builder.set("b") { $0.set("a", 2) }
    }
    #expect(table.table("b")?.int("a") == 2)
    let error = #expect(throws: TblError.self) {
      try build { builder in
        builder.set("b") { inner in
          inner.set("a", 1)
          inner.set("a", 2)
        }
      }
    }
    #expect(error?.code == .duplicateKey)
    #expect(error?.place == "key 'b', key 'a'")
  }

  @Test func `they nest to the limit and no deeper`() throws {
    func nest(_ levels: Int, in builder: inout Tbl.Builder) {
      guard levels > 0 else { return }
      builder.set("inner") { nest(levels - 1, in: &$0) }
    }
    let table = try build { nest(Tbl.maximumHeight, in: &$0) }
    #expect(table.height == Tbl.maximumHeight)
    #expect(try Tbl(validating: table.bytes) == table)
    #expect(
      failure { () throws(TblError) in
        try build { nest(Tbl.maximumHeight + 1, in: &$0) }
      } == .tooDeep)
  }

  @Test func `they are refused where they do not fit`() throws {
    func table(_ maximumBytes: Int) throws(TblError) -> Tbl {
      var builder = Tbl.Builder(maximumBytes: maximumBytes)
      builder.set("a") { inner in
        inner.set("b", "text")
        inner.set("c") { $0.set("d", vector: [1, 2, 3]) }
      }
      return try (consume builder).finish()
    }
    let whole = try table(Layout.maximumBytes)
    // Room for padding is asked for before it is known whether it is needed.
    #expect(try table(whole.bytes.count + 7) == whole)
    for maximumBytes in 32..<whole.bytes.count {
      #expect(failure { () throws(TblError) in try table(maximumBytes) } == .tooLarge)
    }
  }

  @Test func `a copy of the builder that is lent makes a document of its own`() throws {
    var copy: Tbl.Builder?
    let table = try build { builder in
      builder.set("a", "around it")
      builder.set("b") { inner in
        inner.set("c", 1)
        copy = inner
        inner.set("d", 2)
      }
    }
    let part = try #require(copy).finish()
    #expect(try Tbl(validating: part.bytes) == part)
    #expect(part.keys == ["c"])
    #expect(table.table("b")?.int("d") == 2)
  }

  @Test func `another builder in the place of the one that is lent stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var builder = Tbl.Builder()
      builder.set("a") { $0 = Tbl.Builder() }
    }
  }

  @Test func `a copy of what was lent before stops the program too`() async {
    await #expect(processExitsWith: .failure) {
      var builder = Tbl.Builder()
      var kept: Tbl.Builder?
      builder.set("a") { kept = $0 }
      if let kept { builder.set("b") { $0 = kept } }
    }
    await #expect(processExitsWith: .failure) {
      struct Stopped: Error {}
      var builder = Tbl.Builder()
      var kept: Tbl.Builder?
      try? builder.set("a") { (inner: inout Tbl.Builder) throws(Stopped) in
        kept = inner
        throw Stopped()
      }
      if let kept { builder.set("a") { $0 = kept } }
    }
    await #expect(processExitsWith: .failure) {
      var other = Tbl.Builder()
      var kept: Tbl.Builder?
      other.set("a") { kept = $0 }
      if let kept {
        var builder = Tbl.Builder()
        builder.set("b") { $0 = kept }
      }
    }
  }

  @Test func `going back to an earlier state of itself is allowed`() throws {
    let table = try build { builder in
      builder.set("a") { inner in
        inner.set("b", 1)
        let before = inner
        inner.set("c", "taken back")
        inner = before
        inner.set("d", 2)
      }
    }
    #expect(table.table("a")?.keys == ["b", "d"])
    #expect(try Tbl(validating: table.bytes) == table)
  }

  /// Sets what `table` holds, each table of it in place.
  private func rebuild(_ table: Tbl, in builder: inout Tbl.Builder) throws(TblError) {
    try table.withView { view throws(TblError) in
      if let vector = try view.vector() { builder.setVector(vector) }
      for index in 0..<view.count {
        let field = try view.field(at: index)
        let key = try view.key(at: index)
        if !field.isVector, let inner = try field.table() {
          let inner = try Tbl(copying: inner)
          try builder.set(key) { builder throws(TblError) in try rebuild(inner, in: &builder) }
        } else {
          builder.set(key, field)
        }
      }
    }
  }
}
