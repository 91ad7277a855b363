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
