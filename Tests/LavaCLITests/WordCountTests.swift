import Foundation
import TestSupport
import Testing

@Suite struct WordCountTests {
  let lava = Lava()

  func file(_ text: String) throws -> String {
    let path = lava.scratch.path + "/text.txt"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func `words are counted, most frequent first, ties in alphabetical order`() throws {
    let path = try file("The cat, the DOG; a cat. Été 42 été\n")
    let result = try lava("run", "--no-page", Lava.wordCount, path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "2 cat\n2 the\n2 été\n1 42\n1 a\n1 dog\n")
  }

  @Test func `the number of words is a parameter of the command line`() throws {
    let path = try file("a a a b b c")
    let result = try lava(
      "run", "--no-page", "--set", "count.words=2", Lava.wordCount, path)
    #expect(result.output == "3 a\n2 b\n")
  }

  @Test func `a missing file is named`() throws {
    let result = try lava("run", "--no-page", Lava.wordCount, "nowhere.txt")
    #expect(result.status == 3)
    #expect(result.errors.contains("nowhere.txt"))
    #expect(lava.scratch.names == [])
  }
}
