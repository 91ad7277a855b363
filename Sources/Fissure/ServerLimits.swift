/// What one client may take of the server; `Documentation/HTTP.md` tables them.
///
/// **Concurrency.** A value.
struct ServerLimits: Sendable {
  /// From the first byte of a head to its last.
  var head = Duration.seconds(10)
  /// From one request to the first byte of the next.
  var idle = Duration.seconds(60)
  /// For the client to take an answer.
  var answer = Duration.seconds(10)
  /// Length of the largest value that is served.
  var valueBytes = 64 << 20
}
