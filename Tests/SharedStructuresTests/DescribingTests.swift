import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

private struct Inner: SharedValue {
  var level: Float
  var kind: UInt8
  static var layoutName: String { "inner" }
}

private struct Outer: SharedValue {
  var inner: Inner
  var flag: UInt8
  var axes: InlineArray<3, Int16>
  var time: UInt64
  static var layoutName: String { "outer" }
}

@Suite struct DescribingTests {
  let scratch = Scratch()

  @Test func `elements are shown by their fields, wherever Swift puts them`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let outer = Outer(
      inner: Inner(level: 0.5, kind: 3), flag: 4, axes: [-1, 0, 1], time: 1 << 40)
    try database.putPack("outer", [outer])
    let shown = try #require(try database.describe(Array("outer".utf8)))
    #expect(
      shown.json.hasSuffix(
        #""elements":[{"inner":{"level":0.5,"kind":3},"flag":4,"axes":[-1,0,1],"time":1099511627776}]}"#
      ))
    // No more than was asked for.
    try database.putPack("many", [UInt64](repeating: 7, count: 1_000))
    let cut = try #require(try database.describe(Array("many".utf8), limit: 2))
    #expect(cut.json == #"{"layout":"u64","elements":[7,7,{"more":998}]}"#)
    #expect(cut.lines == [#"{layout: "u64", elements: [7, 7, … 998 more]}"#])
  }

  @Test func `values of any size, tables and strings are shown`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    var builder = Pack.Builder()
    builder.append("a \"b\"\n")
    builder.append([1, 255] as [UInt8])
    try database.putPack("pack", builder.finish())
    #expect(try database.describe(Array("pack".utf8))?.json == #"["a \"b\"\u000a","01 ff"]"#)
    let table = try database.table("table", creating: TableGeometry())
    do {
      var writer = try table.writer()
      try writer.set("name", "hip")
    }
    #expect(
      try database.describe(Array("table".utf8))?.json
        == #"{"writer":"nobody","values":{"name":"hip"}}"#)
    _ = try database.strings("words", creating: StringsGeometry()).intern("word")
    #expect(
      try database.describe(Array("words".utf8))?.json == #"{"count":1,"strings":["word"]}"#)
    try database.put("text", "value")
    #expect(try database.describe(Array("text".utf8)) == nil)
    #expect(try database.describe(Array("absent".utf8)) == nil)
  }

  /// One structure of each kind that holds elements, named after it.
  private func makeAll(_ database: Database) throws {
    let room = ElementCapacity(8)
    let map = try database.sortedMap("map", of: UInt32.self, to: Inner.self, creating: room)
    try map.put(7, Inner(level: 0.5, kind: 1))
    try map.put(5, Inner(level: 1.5, kind: 2))
    try map.put(7, Inner(level: 2.5, kind: 3))
    let set = try database.sortedSet("set", of: Int16.self, creating: room)
    for element in [3, -1, 2] as [Int16] { try set.insert(element) }
    let hashed = try database.hashMap("hashed", of: UInt8.self, to: UInt64.self, creating: 8)
    try hashed.put(4, 1 << 40)
    let list = try database.list("list", of: UInt8.self, creating: room)
    for element in [1, 2] as [UInt8] { try list.append(element) }
    try list.prepend(0)
    let stack = try database.stack("stack", of: UInt8.self, creating: room)
    for element in [1, 2] as [UInt8] { try stack.push(element) }
    let levels = try database.priorityQueue("levels", of: UInt8.self, creating: room)
    for priority in [9, 4] as [UInt8] { try levels.push(priority + 1, priority: priority) }
    let ordered = try database.orderedQueue("ordered", of: UInt8.self, creating: room)
    for priority in [900, 400] as [UInt64] { try ordered.push(5, priority: priority) }
    let queue = try database.queue(
      "queue", of: Inner.self, creating: ElementQueueGeometry(capacity: 8))
    _ = try queue.push(Inner(level: 1, kind: 1))
    let topic = try database.topic(
      "topic", of: UInt16.self, creating: TopicGeometry(capacity: 2))
    for element in [1, 2, 3] as [UInt16] { _ = try topic.publish(element) }
    let bytes = try database.byteQueue("bytes", creating: ByteQueueGeometry())
    _ = try bytes.push(Array("hip".utf8), type: .utf8)
  }

  @Test func `a topic of bytes is shown by its subscribers`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
    let topic = try database.byteTopic("news", creating: ByteTopicGeometry())
    let end = try topic.subscribe(overflow: .dropOldest)
    try topic.publish("hip")
    let reader = try Database.openReadOnly(scratch.database())
    let pid = ProcessIdentity.current.pid
    #expect(
      try reader.describe(Array("news".utf8))?.json
        == #"{"subscribers":[{"pid":\#(pid),"policy":"dropOldest","waiting":1,"waitingBytes":3,"#
        + #""dropped":0,"rejected":0,"lost":0}]}"#)
    #expect(
      try reader.describe(Array("news".utf8), limit: 0)?.json == #"{"subscribers":[{"more":1}]}"#)
    #expect(try end.count() == 1)
  }

  @Test(arguments: [
    (
      "map",
      #"{"count":2,"elements":[{"key":5,"value":{"level":1.5,"kind":2}},"#
        + #"{"key":7,"value":{"level":2.5,"kind":3}}]}"#
    ),
    ("set", #"{"count":3,"elements":[-1,2,3]}"#),
    ("hashed", #"{"count":1,"elements":[{"key":4,"value":1099511627776}]}"#),
    ("list", #"{"count":3,"elements":[0,1,2]}"#),
    ("stack", #"{"count":2,"elements":[2,1]}"#),
    (
      "levels",
      #"{"count":2,"elements":[{"priority":4,"element":5},{"priority":9,"element":10}]}"#
    ),
    (
      "ordered",
      #"{"count":2,"elements":[{"priority":400,"element":5},{"priority":900,"element":5}]}"#
    ),
    ("queue", #"{"count":1,"elements":[{"level":1.0,"kind":1}]}"#),
    ("topic", #"{"published":3,"elements":[2,3]}"#),
    ("bytes", #"{"count":1,"elements":["hip"]}"#),
  ])
  func `structures are shown by their elements`(name: String, json: String) throws {
    let database = try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
    try makeAll(database)
    let reader = try Database.openReadOnly(scratch.database())
    #expect(try reader.describe(Array(name.utf8))?.json == json)
    #expect(try reader.describe(Array(name.utf8), limit: 1)?.json.isEmpty == false)
  }

  @Test func `no more elements are shown than asked for, and how many are left`() throws {
    let database = try Database.anonymous(Geometry(blockCount: 32_768))
    let set = try database.sortedSet("set", of: UInt16.self, creating: ElementCapacity(1_000))
    for element in 0..<900 as Range<UInt16> { try set.insert(element) }
    let hashed = try database.hashMap("hashed", of: UInt16.self, to: UInt16.self, creating: 1_000)
    for key in 0..<900 as Range<UInt16> { try hashed.put(key, key) }
    let stack = try database.stack("stack", of: UInt16.self, creating: ElementCapacity(1_000))
    for element in 0..<900 as Range<UInt16> { try stack.push(element) }
    #expect(
      try database.describe(Array("set".utf8), limit: 3)?.json
        == #"{"count":900,"elements":[0,1,2,{"more":897}]}"#)
    #expect(
      try database.describe(Array("stack".utf8), limit: 2)?.json
        == #"{"count":900,"elements":[899,898,{"more":898}]}"#)
    let shown = try #require(try database.describe(Array("hashed".utf8), limit: 2)?.json)
    #expect(shown.hasPrefix(#"{"count":900,"#) && shown.hasSuffix(#"{"more":899}]}"#))
  }

  @Test func `a map that changes is shown whole elements`() throws {
    let database = try Database.anonymous(Geometry(blockCount: 32_768))
    let map = try database.sortedMap(
      "map", of: UInt8.self, to: UInt8.self, creating: ElementCapacity(64))
    let isDone = LocalMutex(false)
    try inThreads([
      {
        var generator = SeededGenerator()
        for _ in 0..<20_000 * scale {
          let key = UInt8(generator.next() % 32)
          if generator.next() % 2 == 0 { try map.put(key, key) } else { try map.remove(key) }
        }
        isDone.withLock { $0 = true }
      },
      {
        while !isDone.withLock({ $0 }) {
          let handle = try database.structure("map", type: .sortedMap, creating: nil)
          let (elements, _) = try NodeCells(handle, .sortedMap).elements(limit: 64)
          #expect(elements.allSatisfy { $0.key == $0.value })
          #expect(zip(elements, elements.dropFirst()).allSatisfy { $0.key[0] < $1.key[0] })
        }
      },
    ])
  }

  @Test func `a structure of any bytes is shown or refused`() throws {
    var generator = SeededGenerator()
    let names = ["map", "set", "hashed", "list", "stack", "levels", "ordered", "topic", "queue"]
    for _ in 0..<20 * scale {
      let database = try Database.anonymous(Geometry(blockCount: 8_192))
      try makeAll(database)
      for name in names {
        let type = try #require(try database.type(name))
        let region = try database.structure(name, type: type, creating: nil).region
        for _ in 0...generator.next() % 6 {
          let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
          word.storeRelaxed(
            generator.next() % 2 == 0
              ? generator.next() : word.loadRelaxed() ^ 1 << (generator.next() % 64))
        }
        do throws(StoreError) { _ = try database.describe(Array(name.utf8)) } catch {
          #expect([.corrupt, .incompatible, .notFound, .contended].contains(error.code))
        }
      }
    }
  }

  @Test func `texts that are no layout are refused`() {
    let texts = [
      "", "u65", "a{", "a{b}", "a{b:u8", "a{b:u8,}", "u8[", "u8[x]", "u8[-1]", "u8]", "u8}",
      "u64[9223372036854775807]", "u8[1073741824][1073741824]",
      String(repeating: "a{b:", count: 10_000),
    ]
    for text in texts {
      for size in [0, 1, 8] {
        let layout = SharedLayout(fields: text, size: size, stride: max(1, size), alignment: 1)
        let isRefused = LayoutFields(layout) == nil
        #expect(isRefused)
      }
    }
    let layout = SharedLayout(fields: "u32", size: 8, stride: 8, alignment: 8)
    let isRefused = LayoutFields(layout) == nil
    #expect(isRefused)
  }
}
