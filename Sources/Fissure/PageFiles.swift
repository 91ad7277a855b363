import CFissure

/// The page's files, embedded in the executable.
///
/// **Concurrency.** Immutable; read from the executable at the first use.
enum PageFiles {
  /// A file of the page.
  struct File: Sendable {
    let contentType: String
    let bytes: [UInt8]
  }

  /// The files by name, without folders.
  static let byName: [String: File] = {
    var files: [String: File] = [:]
    for file in 0..<fissure_file_count() {
      let name = name(of: file)
      let bytes = (0..<fissure_file_length(file)).map { fissure_file_byte(file, $0) }
      files[name] = File(contentType: contentType(of: name), bytes: bytes)
    }
    return files
  }()

  /// The file that `path` asks for; paths are compared, never resolved.
  static func file(at path: String) -> File? {
    path == "/" ? byName["index.html"] : byName[String(path.dropFirst())]
  }

  private static func name(of file: UInt32) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = fissure_file_name_byte(file, UInt32(bytes.count))
      guard byte != 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  private static func contentType(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }
}
