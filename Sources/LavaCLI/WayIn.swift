import Foundation

/// The lines that say how to watch a graph that has just started: four at most.
struct WayIn {
  /// The page's address with its token, and its port; `nil` where none is served.
  let page: (address: String, port: UInt16)?
  /// A host with its process, to try things on.
  let host: (name: String, pid: Int32)?
  /// The graph's store.
  let store: String
  /// The program's environment, which tells whether somebody sits at another machine.
  var environment = ProcessInfo.processInfo.environment

  /// The lines, in the order in which people need them.
  var lines: [String] {
    var lines: [String] = []
    if let page {
      lines.append(page.address)
      if let tunnel = Self.tunnel(port: page.port, environment) { lines.append(tunnel) }
    }
    if let host {
      lines.append("Try: kill -9 \(host.pid) (the \(host.name)) and watch it return")
    }
    if page != nil { lines.append("Try: \(ProgramPath.current) ui \(store) from another terminal") }
    return lines
  }

  /// What to type on the machine one sits at, when this one is reached by SSH.
  static func tunnel(port: UInt16, _ environment: [String: String]) -> String? {
    let parts = (environment["SSH_CONNECTION"] ?? "").split(separator: " ")
    guard parts.count == 4 else { return nil }
    let user = environment["USER"] ?? environment["LOGNAME"] ?? NSUserName()
    let other = parts[3] == "22" ? "" : "-p \(parts[3]) "
    return "From where you sit: ssh -L \(port):127.0.0.1:\(port) \(other)\(user)@\(parts[2])"
  }
}
