import Foundation
import Synchronization

/// Runs a fuzz target under libFuzzer where that is linked in, as `Scripts/fuzz` does; elsewhere once
/// for each file that is named, which is how a finding is repeated.
///
///     FuzzSubject TARGET seeds DIRECTORY      writes the seed corpus
///     FuzzSubject TARGET [OPTION|FILE|DIRECTORY...]
///
/// `LAVA_DIR` names an existing directory for the files of the target.
@main
struct FuzzSubject {
  static func main() throws {
    let arguments = CommandLine.arguments
    let isPlaced = ProcessInfo.processInfo.environment["LAVA_DIR"] != nil
    guard isPlaced, arguments.count > 1, let target = FuzzTarget.named(arguments[1]) else {
      let names = FuzzTarget.all.map(\.name).joined(separator: "|")
      FileHandle.standardError.write(
        Data("usage: LAVA_DIR=DIRECTORY \(names) [seeds DIRECTORY|...]\n".utf8))
      exit(2)
    }
    FuzzTarget.chosen.withLock { $0 = target }
    let rest = Array(arguments.dropFirst(2))
    if rest.first == "seeds", rest.count == 2 {
      for (number, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: URL(filePath: rest[1]).appending(path: "seed-\(number)"))
      }
    } else if let status = Driver.run([arguments[0]] + rest) {
      exit(status)
    } else {
      for path in rest where !path.hasPrefix("-") { try replay(URL(filePath: path), target) }
    }
  }

  private static func replay(_ file: URL, _ target: FuzzTarget) throws {
    let listed = try? FileManager.default.contentsOfDirectory(
      at: file, includingPropertiesForKeys: nil)
    for input in listed?.sorted(by: { $0.path < $1.path }) ?? [file] {
      print(input.lastPathComponent)
      target.run(try [UInt8](Data(contentsOf: input)))
    }
  }
}
