import Inspection
import SimDB
import TestSupport

@testable import Fissure

/// A store with a server over it.
struct ServedStore {
  let scratch = Scratch()
  let store: Database
  let server: FissureServer

  init(_ limits: ServerLimits = ServerLimits()) async throws {
    store = try Database.open(scratch.database(), creating: Geometry(blockCount: 16_384))
    server = try await FissureServer.start(
      StoreInspector(scratch.database()), limits: limits)
  }

  /// The printed address without scheme and host.
  var exchangeTarget: String { String(server.address.dropFirst(server.origin.count)) }

  func client() async throws -> RawClient { try await RawClient(port: server.port) }

  /// A cookie that the server admits, as a request carries it.
  func cookie() async throws -> String {
    let answer = try await client().get(exchangeTarget)
    return String(answer.value("set-cookie")?.prefix { $0 != ";" } ?? "")
  }

  /// Asks on a connection of its own, admitted unless another cookie is given.
  func get(_ target: String, method: String = "GET") async throws -> RawResponse {
    try await client().get(target, method: method, cookie: cookie())
  }
}
