import FlyingSocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The socket that accepts connections from this machine alone.
///
/// Invariant: neither it nor what it accepts is inherited by programs that this process starts, so
/// that a graph's hosts never hold the port of a page that is gone.
struct ListeningSocket {
  let port: UInt16
  private let socket: AsyncSocket

  /// Listens on 127.0.0.1.
  ///
  /// - Parameters:
  ///   - port: The port, or 0 for any free one.
  ///   - pool: What waits for the sockets; prepared.
  init(port: UInt16, pool: some AsyncSocketPool) throws(FissureError) {
    var opened: Socket?
    do {
      let socket = try Socket(domain: AF_INET)
      opened = socket
      Self.keepFromChildren(socket)
      // A server that was stopped a moment ago leaves its port usable.
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: .inet(ip4: "127.0.0.1", port: port))
      opened = nil
      // Closes the socket itself when it fails.
      try socket.listen(maxPendingConnection: 64)
      opened = socket
      guard case .ip4(_, let bound) = try socket.sockname() else {
        throw SocketError.unsupportedAddress
      }
      self.port = bound
      self.socket = try AsyncSocket(socket: socket, pool: pool)
    } catch {
      try? opened?.close()
      throw Self.fissureError(error, port: port)
    }
  }

  /// The next connection, ready for small answers to leave at once.
  ///
  /// - Throws: `CancellationError`, or `SocketError` for what the system refuses.
  func accept() async throws -> AsyncSocket {
    let client = try await socket.accept()
    Self.keepFromChildren(client.socket)
    // Else the second of two small answers waits for an acknowledgement of the first, some 45 ms.
    let noDelay = BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY)
    try? client.socket.setValue(true, for: noDelay)
    return client
  }

  /// Ends listening; nobody may be waiting in ``accept()``.
  func close() { try? socket.close() }

  private static func keepFromChildren(_ socket: Socket) {
    _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
  }

  private static func fissureError(_ error: any Error, port: UInt16) -> FissureError {
    guard case SocketError.failed(let call, let number, let message) = error else {
      return .system(call: "socket", reason: "\(error)")
    }
    return switch number {
    case EADDRINUSE: .portInUse(port: port)
    case EACCES: .portRefused(port: port, reason: message)
    default: .system(call: call, reason: message)
    }
  }
}
