import Foundation
import LavaFlow
import LavaSchema
import Tbl
import TestSupport
import Testing

@testable import LavaNodes

@Suite struct WordCountTests {
  /// The example's graph with a collector in place of standard output.
  static func count(
    _ files: [String], words: Int = 0, chunkBytes: Int = 65_536,
    progress: ReadProgress = ReadProgress()
  ) throws -> (text: String, result: FlowResult) {
    let json = """
      {"lava":1,"name":"words","nodes":{
        "read":{"type":"lava.read-text","parameters":{"chunk-bytes":\(chunkBytes)}},
        "split":{"type":"lava.split-words"},
        "count":{"type":"lava.count-words","parameters":{"words":\(words)},"watch":true},
        "print":{"type":"test.collector"}},
       "edges":[
        {"from":"read.out","to":"split.in","capacity":4},
        {"from":"split.out","to":"count.in","capacity":4},
        {"from":"count.out","to":"print.in","capacity":4}],
       "arguments":["read.files"]}
      """
    let (collected, result) = try run(json, arguments: files, progress: progress)
    return (collected.text, result)
  }

  @Test func `the example counts its sample as expected`() throws {
    let example = packageFolder.appendingPathComponent("Examples/WordCount")
    let expected = try String(
      contentsOf: example.appendingPathComponent("expected-output.txt"), encoding: .utf8)
    let (text, result) = try Self.count([example.appendingPathComponent("sample.txt").path])
    #expect(text == expected)
    #expect(result.isSuccess)
  }

  @Test func `the system's documents are counted as the reference counts them`() throws {
    let folders = ["/usr/share/common-licenses", "/usr/share/doc/bash", "/usr/share/doc/tzdata"]
    let files = folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        .map { folder + "/" + $0 }
    }
    .filter { (try? SystemFileFacts(path: $0)) != nil }
    let texts = files.map {
      String(decoding: FileManager.default.contents(atPath: $0)!, as: UTF8.self)
    }
    let expected = WordReference.lines(WordReference.counts(texts.joined(separator: "\n")))
    let progress = ReadProgress()
    let (text, result) = try Self.count(files, chunkBytes: 4_096, progress: progress)
    #expect(text == expected.joined())
    #expect(result.isSuccess)
    #expect(progress.doneBytes == progress.totalBytes)
  }

  @Test func `a long list comes in several packets and in order`() throws {
    var random = SeededGenerator()
    let folder = try Folder()
    let words = (0..<30_000).map { _ in String(UInt64.random(in: 0...20_000, using: &random)) }
    let path = try folder.write("text", words.joined(separator: " "))
    let expected = WordReference.lines(WordReference.counts(words.joined(separator: " ")))
    #expect(try Self.count([path]).text == expected.joined())
    #expect(try Self.count([path], words: 100).text == expected.prefix(100).joined())
  }

  @Test func `a missing file keeps the graph from starting and is named`() throws {
    let error = #expect(throws: GraphError.self) { try Self.count(["/nowhere/text"]) }
    #expect(error?.description.contains("/nowhere/text: there is no such file") == true)
  }

  @Test func `the state shows the most frequent words`() throws {
    var node = CountWords(limit: 0)
    let words = try WordTable(of: Array("b a b c".utf8)).tbl()
    try words.withView { try node.add($0) }
    let state = try #require(node.state())
    #expect(state.uint("words") == 4)
    #expect(state.uint("differentWords") == 3)
    let table = try #require(state.table("tables")?.table("words"))
    #expect(table.strings("word") == ["b", "a", "c"])
    #expect(table.uints("count") == [2, 1, 1])
  }
}

@Suite struct ExampleTests {
  @Test(arguments: [
    "SystemMonitor/system-monitor.lava.json", "WordCount/word-count.lava.json",
  ])
  func `an example is right, and written in the stable order`(_ name: String) throws {
    let url = packageFolder.appendingPathComponent("Examples").appendingPathComponent(name)
    let json = try String(contentsOf: url, encoding: .utf8)
    let document = try GraphDocument(json: Array(json.utf8), file: name)
    #expect(document.json == json)
    let arguments = document.arguments.isEmpty ? [] : [url.path]
    let graph = try Graph(
      document: document, registry: StandardNodes.registry(), arguments: arguments)
    #expect(graph.nodes.count == document.nodes.count)
  }

  @Test func `all node types are registered once`() {
    let registered = StandardNodes.registry().all.map(\.descriptor.id)
    #expect(registered == StandardNodes.all.map { $0.descriptor.id }.sorted())
    for type in StandardNodes.all {
      #expect(!type.descriptor.summary.isEmpty)
      #expect(type.descriptor.parameters.allSatisfy { !$0.help.isEmpty })
    }
  }
}
