import SimDB
import TestSupport
import Testing

/// Children forked without exec: what their parent holds stays held.
@Suite struct ForkTests {
  let scratch = Scratch()

  private func run(_ work: String) throws -> String? {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 1_024))
    try store.put("pinned", "value")
    let subject = try Subject([work, scratch.database()])
    let line = subject.readLine()
    #expect(subject.wait() == 0, "\(subject.readAllErrors())")
    try store.sweep()
    #expect(store.check() == [])
    #expect(try store.participants().count == 1)
    return line
  }

  @Test func `children share a store without a name, and all are refused after its drop`()
    throws
  {
    let subject = try Subject(["fork anonymous", "anonymous"])
    #expect(subject.readLine() == "0 2 1 999 0 0")
    #expect(subject.wait() == 0, "\(subject.readAllErrors())")
  }

  @Test func `a child pins a structure for itself before it changes it`() throws {
    #expect(try run("fork pushing") == "1 0 pushed 3")
  }

  @Test func `a child cannot settle what its parent has claimed`() throws {
    #expect(try run("fork claiming") == "0 true true 0")
  }

  @Test func `a child does not move, nor end, a subscription that is waited for in its parent`()
    throws
  {
    #expect(try run("fork reading") == "0 1 2")
  }

  @Test func `a child has no end of its parent's, and each wakes the other through a channel`()
    throws
  {
    #expect(try run("fork channel") == "0 0 2000")
  }

  @Test func `a child that lets go of a structure leaves its parent's pin`() throws {
    #expect(try run("fork holding") == "0 1 false")
  }

  @Test func `a child that returns from a body it was forked in leaves its parent's pin`() throws {
    #expect(try run("fork lending") == "0 1 0 1")
  }

  @Test func `a child that uses many other stores leaves its parent's lane`() throws {
    #expect(try run("fork wandering") == "0 1")
  }

  @Test func `a child that ends a feed of changes leaves its parent's`() throws {
    #expect(try run("fork watching") == "0 true false")
  }
}
