import Testing

@testable import LavaCLI

/// What a graph that has just started says: the way to its page, and two things to try.
@Suite struct WayInTests {
  private let page = (address: "http://127.0.0.1:4000/?token=ff", port: UInt16(4_000))

  @Test func `with everything there are four lines`() {
    let wayIn = WayIn(
      page: page, host: ("sampler", 4_711), store: "monitor",
      environment: ["SSH_CONNECTION": "10.0.0.7 50000 10.0.0.9 22", "USER": "ada"])
    #expect(
      wayIn.lines == [
        "http://127.0.0.1:4000/?token=ff",
        "From where you sit: ssh -L 4000:127.0.0.1:4000 ada@10.0.0.9",
        "Try: kill -9 4711 (the sampler) and watch it return",
        "Try: \(ProgramPath.current) ui monitor from another terminal",
      ])
  }

  @Test func `what does not apply is not said`() {
    let here = WayIn(page: page, host: nil, store: "monitor", environment: [:])
    #expect(here.lines.map { $0.prefix(4) } == ["http", "Try:"])
    let bare = WayIn(page: nil, host: nil, store: "monitor", environment: [:])
    #expect(bare.lines == [])
    let far = WayIn(
      page: nil, host: ("sampler", 1), store: "monitor",
      environment: ["SSH_CONNECTION": "10.0.0.7 50000 10.0.0.9 22"])
    #expect(far.lines == ["Try: kill -9 1 (the sampler) and watch it return"])
  }

  @Test func `another port of the SSH server is named`() {
    let environment = ["SSH_CONNECTION": "fe80::1 50000 fe80::2 2222", "LOGNAME": "eve"]
    #expect(
      WayIn.tunnel(port: 80, environment)
        == "From where you sit: ssh -L 80:127.0.0.1:80 -p 2222 eve@fe80::2")
  }

  @Test(arguments: ["", "10.0.0.7", "10.0.0.7 50000 10.0.0.9"])
  func `without a whole SSH connection there is no tunnel`(connection: String) {
    #expect(WayIn.tunnel(port: 80, ["SSH_CONNECTION": connection]) == nil)
  }
}
