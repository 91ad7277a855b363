import Foundation
import TestSupport
import Testing

/// What fuzzing begins with passes also where no fuzzer is linked in.
@Suite struct FuzzTests {
  let scratch = Scratch()

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let subject = try Subject(
      arguments, program: "FuzzSubject", environment: ["LAVA_DIR": scratch.path])
    let output = subject.readAll()
    return (subject.wait(), output)
  }

  @Test(arguments: ["attach", "load", "tbl", "json", "csv", "arrow"])
  func `the seeds of a target pass`(target: String) throws {
    let seeds = scratch.path + "/seeds"
    try FileManager.default.createDirectory(atPath: seeds, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: seeds) }
    #expect(try run([target, "seeds", seeds]).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: seeds)
    #expect(names.count >= 3)
    // An input that describes nothing, and one that ends in the middle.
    try Data().write(to: URL(filePath: seeds + "/empty"))
    try Data([0, 0x70, 0, 8, 0]).write(to: URL(filePath: seeds + "/cut"))
    let replay = try run([target, seeds])
    #expect(replay.status == 0)
    #expect(replay.output.split(separator: "\n").count == names.count + 2)
  }
}
