import FlyingSocks
import Foundation

/// An answer as it came over the wire.
struct RawResponse {
  let status: Int
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  func values(_ name: String) -> [String] {
    headers.filter { $0.name == name }.map(\.value)
  }

  func value(_ name: String) -> String? { values(name).first }
}

/// A connection that sends what it is told to, byte by byte.
final class RawClient {
  struct Closed: Error {}
  struct Silent: Error {}

  let socket: AsyncSocket
  private var buffer: [UInt8] = []
  let port: UInt16

  init(port: UInt16, address: String = "127.0.0.1") async throws {
    self.port = port
    socket = try await AsyncSocket.connected(
      to: .inet(ip4: address, port: port), timeout: 60)
  }

  deinit { try? socket.close() }

  func send(_ bytes: [UInt8]) async throws { try await socket.write(Data(bytes)) }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Sends `text` every 50 ms, until the task is cancelled or the server has closed.
  func drip(_ text: String) -> Task<Void, any Error> {
    Task { [socket] in
      while !Task.isCancelled {
        try await socket.write(Data(text.utf8))
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  /// Sends a request with a correct host.
  func request(
    _ target: String, method: String = "GET", cookie: String? = nil, host: String? = nil,
    headers: [String] = []
  ) async throws {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"] + headers
    if let cookie { lines.append("Cookie: \(cookie)") }
    try await send(lines.joined(separator: "\r\n") + "\r\n\r\n")
  }

  /// Sends a request and waits for its answer.
  func get(
    _ target: String, method: String = "GET", cookie: String? = nil, host: String? = nil,
    headers: [String] = []
  ) async throws -> RawResponse {
    try await request(target, method: method, cookie: cookie, host: host, headers: headers)
    return try await response(hasBody: method != "HEAD")
  }

  /// The next answer; with its whole body where its length is told.
  func response(hasBody: Bool = true) async throws -> RawResponse {
    let head = try await read(until: Array("\r\n\r\n".utf8))
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = Int(lines[0].split(separator: " ")[1]) else { throw Closed() }
    let headers = lines.dropFirst().filter { !$0.isEmpty }.map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      return (
        name: line[..<colon].lowercased(),
        value: line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
      )
    }
    var response = RawResponse(status: status, headers: headers, body: [])
    if hasBody, let length = response.value("content-length").flatMap({ Int($0) }) {
      while buffer.count < length { try await receive() }
      response.body = Array(buffer[..<length])
      buffer.removeSubrange(..<length)
    }
    return response
  }

  /// All bytes up to and with `mark`.
  func read(until mark: [UInt8]) async throws -> [UInt8] {
    var searched = 0
    while true {
      while searched + mark.count <= buffer.count {
        if buffer[searched..<(searched + mark.count)] == mark[...] {
          let found = Array(buffer[..<(searched + mark.count)])
          buffer.removeSubrange(..<(searched + mark.count))
          return found
        }
        searched += 1
      }
      try await receive()
    }
  }

  /// The next event of an event stream; comments are passed over.
  func event() async throws -> String {
    while true {
      let block = try await read(until: Array("\n\n".utf8))
      if block.first != UInt8(ascii: ":") { return String(decoding: block, as: UTF8.self) }
    }
  }

  /// Waits for the server to close the connection; what comes before is dropped.
  func readToEnd() async throws {
    do {
      while true {
        buffer = []
        try await receive()
      }
    } catch is Closed {}
  }

  private func receive() async throws {
    let socket = socket
    let bytes = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        do {
          return try await socket.read(atMost: 4_096)
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          throw Closed()
        }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(20))
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let bytes = first else { throw Silent() }
      return bytes
    }
    buffer.append(contentsOf: bytes)
  }
}
