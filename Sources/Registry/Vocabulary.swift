/// The types that everybody knows.
enum Vocabulary {
  static let declarations: [TypeDeclaration] = entries.compactMap { entry in
    try? TypeDeclaration(
      entry.name, parameters: entry.parameters, conformsTo: entry.above,
      mediaTypes: entry.mediaTypes)
  }

  /// How many there are, which tells of one that cannot be read.
  static var count: Int { entries.count }

  private struct Entry {
    let name: String
    let parameters: [String]
    let above: [String]
    let mediaTypes: [String]

    init(
      _ name: String, _ parameters: [String] = [], is above: [String] = ["bytes"],
      media mediaTypes: String...
    ) {
      self.name = name
      self.parameters = parameters
      self.above = above
      self.mediaTypes = mediaTypes
    }
  }

  /// Whatever a type conforms to stands before it.
  private static let entries: [Entry] = text + numbers + tables + pictures + sounds + files

  private static let text = [
    Entry("text", media: "text/plain"),
    Entry("utf8-text", is: ["text"]),
    Entry("url", is: ["utf8-text"]),
    Entry("prose", is: ["utf8-text"]),
    Entry("url-list", is: ["utf8-text"], media: "text/uri-list"),
    Entry("json", is: ["utf8-text"], media: "application/json", "text/json"),
    Entry("geojson", is: ["json"], media: "application/geo+json"),
    Entry("json-lines", is: ["utf8-text"], media: "application/x-ndjson", "application/jsonl"),
    Entry("delimited-text", is: ["text"]),
    Entry("csv", is: ["delimited-text"], media: "text/csv"),
    Entry("tsv", is: ["delimited-text"], media: "text/tab-separated-values"),
    Entry("xml", is: ["text"], media: "application/xml", "text/xml"),
    Entry("html", is: ["text"], media: "text/html"),
    Entry("xhtml", is: ["xml", "html"], media: "application/xhtml+xml"),
    Entry("scxml", is: ["xml"], media: "application/scxml+xml"),
    Entry("yaml", is: ["utf8-text"], media: "application/yaml", "application/x-yaml"),
    Entry("toml", is: ["utf8-text"], media: "application/toml"),
    Entry("markdown", is: ["utf8-text"], media: "text/markdown"),
    Entry("css", is: ["text"], media: "text/css"),
    Entry("source-code", is: ["utf8-text"]),
    Entry("javascript", is: ["source-code"], media: "text/javascript"),
    Entry("swift-source", is: ["source-code"], media: "text/x-swift"),
    Entry("log", is: ["text"], media: "text/x-log"),
  ]

  private static let numbers = [
    Entry("number"),
    Entry("integer", is: ["number"]),
    Entry("signed-integer", is: ["integer"]),
    Entry("unsigned-integer", is: ["integer"]),
    Entry("floating-point", is: ["number"]),
    Entry("i8", is: ["signed-integer"]), Entry("i16", is: ["signed-integer"]),
    Entry("i32", is: ["signed-integer"]), Entry("i64", is: ["signed-integer"]),
    Entry("u8", is: ["unsigned-integer"]), Entry("u16", is: ["unsigned-integer"]),
    Entry("u32", is: ["unsigned-integer"]), Entry("u64", is: ["unsigned-integer"]),
    Entry("f16", is: ["floating-point"]), Entry("f32", is: ["floating-point"]),
    Entry("f64", is: ["floating-point"]),
    Entry("bool"),
    Entry("timestamp", is: ["i64"]),
    Entry("uuid"),
  ]

  /// A tbl has the type of its own vector's elements and its shape as arguments.
  private static let tables = [
    Entry("tbl", ["element", "shape"], media: "application/vnd.lava.tbl"),
    Entry("tensor", ["element", "shape"], is: ["tbl<$element, $shape>"]),
    Entry("pixels", ["element"], is: ["tensor<$element, [*, *, ...]>"]),
    Entry("points", ["element"], is: ["tensor<$element, [*, 3]>"]),
    Entry("mesh", ["element"], is: ["tbl"]),
    Entry("time-series", ["element"], is: ["tbl"]),
    Entry("columns", is: ["tbl"]),
    Entry("arrow-stream", media: "application/vnd.apache.arrow.stream"),
    Entry("arrow-file", media: "application/vnd.apache.arrow.file"),
    Entry("cbor", media: "application/cbor"),
    Entry("messagepack", media: "application/msgpack"),
  ]

  private static let pictures = [
    Entry("image"),
    Entry("png", is: ["image"], media: "image/png"),
    Entry("jpeg", is: ["image"], media: "image/jpeg"),
    Entry("gif", is: ["image"], media: "image/gif"),
    Entry("webp", is: ["image"], media: "image/webp"),
    Entry("tiff", is: ["image"], media: "image/tiff"),
    Entry("bmp", is: ["image"], media: "image/bmp"),
    Entry("avif", is: ["image"], media: "image/avif"),
    Entry("heic", is: ["image"], media: "image/heic"),
    Entry("exr", is: ["image"], media: "image/x-exr"),
    Entry("svg", is: ["image", "xml"], media: "image/svg+xml"),
    Entry("video"),
    Entry("mp4", is: ["video"], media: "video/mp4"),
    Entry("webm", is: ["video"], media: "video/webm"),
    Entry("model"),
    Entry("gltf", is: ["model", "json"], media: "model/gltf+json"),
    Entry("obj", is: ["model", "text"], media: "model/obj"),
    Entry("stl", is: ["model"], media: "model/stl"),
    Entry("ply", is: ["model"], media: "model/x-ply"),
    Entry("point-cloud", is: ["model"]),
  ]

  private static let sounds = [
    Entry("audio"),
    Entry("pcm", ["element"], is: ["audio"], media: "audio/pcm"),
    Entry("wav", is: ["audio"], media: "audio/wav", "audio/x-wav"),
    Entry("flac", is: ["audio"], media: "audio/flac"),
    Entry("mp3", is: ["audio"], media: "audio/mpeg"),
    Entry("ogg-audio", is: ["audio"], media: "audio/ogg"),
    Entry("aac", is: ["audio"], media: "audio/aac"),
    Entry("midi", is: ["audio"], media: "audio/midi"),
  ]

  private static let files = [
    Entry("font"),
    Entry("pdf", media: "application/pdf"),
    Entry("archive"),
    Entry("zip", is: ["archive"], media: "application/zip"),
    Entry("tar", is: ["archive"], media: "application/x-tar"),
    Entry("gzip", media: "application/gzip"),
    Entry("zstd", media: "application/zstd"),
    Entry("sqlite", media: "application/vnd.sqlite3"),
    Entry("wasm", media: "application/wasm"),
  ]
}
