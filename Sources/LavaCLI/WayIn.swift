import Fissure
import Foundation

/// The lines that say how to watch a graph that has just started.
struct WayIn {
  let session: GraphSession
  let server: FissureServer?
  let host: (name: String, pid: Int32)?

  /// Writes at most four lines to standard error.
  func print() {
    if let server {
      Terminal.note(server.address)
      if let tunnel = Self.tunnel(port: server.port) { Terminal.note(tunnel) }
    }
    if let host {
      Terminal.note("Try: kill -9 \(host.pid) (the \(host.name)) and watch it return")
    }
    if server != nil {
      Terminal.note("Try: \(ProgramPath.current) ui \(session.name) from another terminal")
    }
  }

  /// What to type on the machine one sits at, when this one is reached by SSH.
  static func tunnel(port: UInt16) -> String? {
    let environment = ProcessInfo.processInfo.environment
    let parts = (environment["SSH_CONNECTION"] ?? "").split(separator: " ")
    guard parts.count == 4 else { return nil }
    let user = environment["USER"] ?? environment["LOGNAME"] ?? NSUserName()
    let other = parts[3] == "22" ? "" : "-p \(parts[3]) "
    return "From where you sit: ssh -L \(port):127.0.0.1:\(port) \(other)\(user)@\(parts[2])"
  }
}
