import TestSupport
import Testing

@testable import Registry

@Suite struct `The graph of types` {
  private let graph = TypeGraph.vocabulary

  @Test func `has the whole vocabulary`() {
    #expect(Vocabulary.declarations.count == Vocabulary.count)
    #expect(graph.all.count == Vocabulary.count + 1)
    for declaration in graph.all {
      #expect(graph.conforms(DataType(trusting: declaration.identifier), to: "bytes"))
    }
  }

  @Test(arguments: [
    ("url", "url"), ("url", "utf8-text"), ("url", "text"), ("url", "bytes"), ("svg", "image"),
    ("svg", "xml"), ("svg", "text"), ("gltf", "json"), ("gltf", "model"), ("gltf", "utf8-text"),
    ("f32", "number"), ("tbl<f32>", "tbl"), ("tbl<f32>", "tbl<number>"),
    ("tbl<f32, [480, 640]>", "tbl<floating-point, [*, *]>"),
    ("tbl<f32, [480, 640, 3]>", "tbl<*, [..., 3]>"), ("points<f64>", "tbl<number, [*, 3]>"),
    ("pixels<u8>", "tbl<u8, [*, *, ...]>"), ("pixels", "tensor"), ("image/png", "image"),
    ("image/x-anything", "image"), ("application/vnd.some+json", "json"),
    ("application/vnd.some+json", "utf8-text"), ("text/x-anything", "text"),
    ("application/x-anything", "bytes"), ("com.example.unknown", "bytes"),
    ("com.example.unknown<f32>", "com.example.unknown"), ("Image/PNG", "png"),
  ])
  func `knows what conforms to what`(type: String, wanted: String) throws {
    #expect(graph.conforms(try DataType(type), to: try DataType(wanted)))
  }

  @Test(arguments: [
    ("text", "url"), ("bytes", "text"), ("url", "json"), ("image", "svg"), ("tbl", "tbl<f32>"),
    ("tbl<number>", "tbl<f32>"), ("tbl<f32>", "tbl<integer>"), ("tbl<f32>", "tbl<f32, [3]>"),
    ("tbl<f32, [3, 4]>", "tbl<f32, [3]>"), ("tbl<f32, [...]>", "tbl<f32, [*]>"),
    ("points<f64>", "tbl<f64, [*, 4]>"), ("points", "tbl<f64>"),
    ("com.example.unknown", "text"), ("application/x-anything", "text"),
  ])
  func `knows what does not`(type: String, wanted: String) throws {
    #expect(!graph.conforms(try DataType(type), to: try DataType(wanted)))
  }

  @Test func `says the shortest way and its length`() throws {
    #expect(graph.path(from: "url", to: "bytes") == ["url", "utf8-text", "text", "bytes"])
    #expect(graph.distance(from: "url", to: "bytes") == 3)
    #expect(graph.distance(from: "tbl<f32>", to: "tbl") == 0)
    #expect(graph.distance(from: "bytes", to: "url") == nil)
    #expect(
      graph.path(from: "points<f32>", to: "tbl<f32>") == [
        "points<f32>", "tensor<f32, [*, 3]>", "tbl<f32, [*, 3]>",
      ])
  }

  @Test func `takes what somebody declares, in any order`() throws {
    var graph = graph
    try graph.declare([
      TypeDeclaration("com.example.title", conformsTo: ["com.example.short", "utf8-text"]),
      TypeDeclaration("com.example.short", conformsTo: ["text"]),
      TypeDeclaration(
        "com.example.scan", parameters: ["element", "count"],
        conformsTo: ["points<$element>", "com.example.short"], mediaTypes: ["model/x-scan"]),
    ])
    #expect(graph.conforms("com.example.title", to: "text"))
    #expect(graph.conforms("com.example.scan<f32, [7]>", to: "tbl<f32, [*, 3]>"))
    #expect(!graph.conforms("com.example.scan<f32>", to: "tbl<f64>"))
    #expect(graph.conforms("model/x-scan", to: "com.example.scan"))
    #expect(graph.type(ofMedia: "model/x-scan") == "com.example.scan")
    #expect(graph.mediaType(of: "com.example.scan<f32>") == "model/x-scan")
    // What is declared once more in the same way changes nothing.
    try graph.declare([TypeDeclaration("com.example.short", conformsTo: ["text"])])
  }

  @Test func `refuses what contradicts it, whole`() throws {
    var graph = graph
    try graph.declare([TypeDeclaration("com.example.a", conformsTo: ["text"])])
    func refusal(_ new: TypeDeclaration...) -> DataTypeError? {
      var copy = graph
      do {
        try copy.declare(new)
        return nil
      } catch {
        #expect(copy.all == graph.all)
        return error
      }
    }
    let fine = try TypeDeclaration("com.example.fine")
    #expect(
      refusal(fine, try TypeDeclaration("com.example.a", conformsTo: ["json"]))?.code == .conflict)
    #expect(refusal(fine, try TypeDeclaration("json", conformsTo: ["text"]))?.code == .conflict)
    #expect(refusal(fine, try TypeDeclaration("public.mine"))?.code == .conflict)
    #expect(refusal(fine, try TypeDeclaration("image/x-mine"))?.code == .conflict)
    #expect(
      refusal(fine, try TypeDeclaration("com.example.b", conformsTo: ["com.example.c"]))?.code
        == .unknown)
    #expect(
      refusal(fine, try TypeDeclaration("com.example.b", conformsTo: ["tbl<com.example.c>"]))?.code
        == .unknown)
    #expect(
      refusal(fine, try TypeDeclaration("com.example.b", conformsTo: ["url<f32>"]))?.code
        == .wrongParameters)
    #expect(
      refusal(fine, try TypeDeclaration("com.example.b", mediaTypes: ["image/png"]))?.code
        == .takenMediaType)
    let cycle = refusal(
      fine, try TypeDeclaration("com.example.b", conformsTo: ["text", "com.example.c"]),
      try TypeDeclaration("com.example.c", conformsTo: ["com.example.d"]),
      try TypeDeclaration("com.example.d", conformsTo: ["com.example.b"]))
    #expect(cycle?.code == .cycle)
    #expect(
      cycle?.reason == "conforms to itself: com.example.b to com.example.c to com.example.d"
        + " to com.example.b")
    #expect(
      refusal(try TypeDeclaration("com.example.b", conformsTo: ["com.example.b"]))?.code == .cycle)
  }

  @Test(
    arguments: [
      (["x", "x"], [], []), (["X"], [], []), (["a-b"], [], []), ([], ["tbl<$x>"], []),
      ([], ["tbl<"], []), ([], [], ["image"]), ([], [], ["Image/PNG"]), ([], [], ["image/png;q=1"]),
      (Array(repeating: "x", count: 9), [], []), ([], Array(repeating: "text", count: 17), []),
    ] as [([String], [String], [String])])
  func `reads no declaration that cannot be meant`(
    parameters: [String], above: [String], mediaTypes: [String]
  ) {
    #expect(throws: DataTypeError.self) {
      try TypeDeclaration(
        "com.example.a", parameters: parameters, conformsTo: above, mediaTypes: mediaTypes)
    }
  }

  @Test func `a chain of many doublings stays small`() throws {
    // Whatever a declaration repeats, it repeats an argument as it is: types do not grow upwards.
    var graph = graph
    var new = [try TypeDeclaration("com.example.t0", parameters: ["a", "b"])]
    for number in 1...100 {
      new.append(
        try TypeDeclaration(
          "com.example.t\(number)", parameters: ["a", "b"],
          conformsTo: ["com.example.t\(number - 1)<$b, $a>", "com.example.t\(number - 1)<$a, $a>"]))
    }
    try graph.declare(new)
    #expect(graph.distance(from: "com.example.t100<f32, f64>", to: "com.example.t0<f64>") == 100)
    #expect(graph.distance(from: "com.example.t100<f32, f32>", to: "com.example.t0<f64>") == nil)
  }

  @Test func `knows media types both ways`() {
    #expect(graph.type(ofMedia: "text/plain; charset=UTF-8") == "utf8-text")
    #expect(graph.type(ofMedia: "text/plain;charset=\"us-ascii\"") == "utf8-text")
    #expect(graph.type(ofMedia: "text/plain; charset=latin1") == "text")
    #expect(graph.type(ofMedia: "TEXT/XML") == "xml")
    #expect(graph.type(ofMedia: "application/x-anything") == "application/x-anything")
    #expect(graph.type(ofMedia: "nothing") == nil)
    #expect(graph.mediaType(of: "url") == "text/plain")
    #expect(graph.mediaType(of: "xml") == "application/xml")
    #expect(graph.mediaType(of: "com.example.unknown") == "application/octet-stream")
    #expect(graph.mediaType(of: "pixels<u8>") == "application/vnd.lava.tbl")
  }

  @Test func `takes over a database of media types, and no way back`() {
    var graph = graph
    graph.add(
      SharedMIMEDatabase(
        subclasses: """
          application/x-one application/x-two
          application/x-one image/png
          application/x-two application/x-one
          application/x-two text/xml
          image/png application/json
          application/x-self application/x-self
          no line of a media type

          """,
        aliases: "application/x-uno application/x-one\nimage/png image/x-png\nnothing\n"))
    #expect(graph.conforms("application/x-uno", to: "png"))
    #expect(graph.canonical("application/x-uno") == "application/x-one")
    #expect(graph.canonical("image/png") == "png")
    #expect(graph.conforms("application/x-one", to: "png"))
    #expect(graph.conforms("application/x-two", to: "xml"))
    #expect(!graph.conforms("image/png", to: "json"))
    #expect(graph.path(from: "application/x-one", to: "bytes") != nil)
  }

  @Test func `order and transitivity hold for random graphs`() throws {
    var random = SeededGenerator()
    for _ in 0..<(20 * scale) {
      var graph = TypeGraph.vocabulary
      var direct: [[Int]] = []
      var new: [TypeDeclaration] = []
      for number in 0..<12 {
        let above = (0..<number).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        direct.append(above)
        new.append(
          try TypeDeclaration(
            "com.example.t\(number)", conformsTo: above.map { "com.example.t\($0)" }))
      }
      try graph.declare(new.shuffled(using: &random))
      for low in 0..<12 {
        for high in 0..<12 {
          // By the plain definition: the same, or below something that is below.
          func isBelow(_ low: Int) -> Bool {
            low == high || direct[low].contains { isBelow($0) }
          }
          let types = (
            DataType(trusting: "com.example.t\(low)"), DataType(trusting: "com.example.t\(high)")
          )
          #expect(graph.conforms(types.0, to: types.1) == isBelow(low))
        }
      }
    }
  }
}
