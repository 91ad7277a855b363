import Inspection
import SharedMemory
import SimDB
import Tbl

/// What each address answers to those who were let in.
struct PageRouter: Sendable {
  let inspector: StoreInspector
  let snapshots: SnapshotSource
  /// Length of the largest value that is served: an answer is held in memory whole.
  let maximumValueBytes: Int

  /// The address of the event stream, which has no answer of known length.
  static let events = "/api/v1/events"

  private static let tblType = "application/x-lava-tbl"

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    do {
      switch request.path {
      case "/api/v1/snapshot":
        return HTTPResponse(
          status: .ok, contentType: Self.tblType, body: try await snapshots.bytes())
      case "/api/v1/graph": return try graph()
      case "/api/v1/value": return try value(request)
      case "/api/v1/keys": return try keys(request)
      default: return file(request)
      }
    } catch let error as StoreError where error.code == .contended {
      return .text(.unavailable, error.description)
    } catch {
      return .text(.serverError, "\(error)")
    }
  }

  private func graph() throws -> HTTPResponse {
    let key = Array(StoreInspector.graphKey.utf8)
    if let facts = try inspector.facts(key), let refusal = refusal(of: key, facts) {
      return refusal
    }
    guard let bytes = try inspector.graph() else {
      return .text(.notFound, "The store holds no graph.")
    }
    return HTTPResponse(status: .ok, contentType: "application/json", body: bytes)
  }

  private func value(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let key = request.parameter("key"), (1...65_536).contains(key.count) else {
      return .text(.badRequest, "Name a key: /api/v1/value?key=KEY, percent-encoded.")
    }
    if let facts = try inspector.facts(key), let refusal = refusal(of: key, facts) {
      return refusal
    }
    guard let entry = try inspector.value(key) else {
      return .text(.notFound, "The store holds nothing under this key.")
    }
    return HTTPResponse(
      status: .ok, contentType: "application/octet-stream",
      headers: Self.headers(entry.type, entry.generation), body: entry.bytes)
  }

  /// What is answered in place of a value that is too large to be served; it is not read.
  private func refusal(of key: [UInt8], _ facts: Database.Facts) -> HTTPResponse? {
    guard facts.length > maximumValueBytes else { return nil }
    var response = HTTPResponse.text(
      .contentTooLarge,
      "The value has \(facts.length) bytes, and this page serves at most \(maximumValueBytes); "
        + "'lava db get NAME KEY >FILE' saves it.")
    response.headers = Self.headers(facts.type, facts.generation)
    return response
  }

  private static func headers(
    _ type: TypeID, _ generation: UInt64
  ) -> [(name: String, value: String)] {
    [
      ("X-Lava-Type", "\(type.rawValue)"), ("X-Lava-Type-Name", type.description),
      ("X-Lava-Generation", "\(generation)"),
    ]
  }

  private func keys(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let prefix = String(validating: request.parameter("prefix") ?? [], as: UTF8.self) else {
      return .text(.badRequest, "The prefix is not UTF-8 text.")
    }
    let listing = try inspector.keys(prefix: prefix)
    var table = Tbl.Builder()
    table.set("keys", vector: listing.keys.map { String(decoding: $0.bytes, as: UTF8.self) })
    table.set("lengths", vector: listing.keys.map { UInt64($0.lengthBytes) })
    table.set("types", vector: listing.keys.map { UInt64($0.type.rawValue) })
    table.set("encoded", vector: listing.keys.map { Self.percentEncoded($0.bytes) })
    table.set("total", UInt64(listing.total))
    return HTTPResponse(status: .ok, contentType: Self.tblType, body: try table.finish().bytes)
  }

  /// The key as an address holds it, which any bytes survive (RFC 3986, section 2.3).
  private static func percentEncoded(_ key: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for byte in key {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        text.append(byte)
      default:
        text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func file(_ request: HTTPRequest) -> HTTPResponse {
    guard let file = PageFiles.file(at: request.path) else {
      return .text(.notFound, "There is no such page.")
    }
    return HTTPResponse(status: .ok, contentType: file.contentType, body: file.bytes)
  }
}
