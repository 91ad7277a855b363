import Synchronization

/// Whom the server let in: the token of the printed address, and a session for each exchange of it.
///
/// Invariant: at most `limit` sessions; a new one beyond that replaces the one unused for longest.
///
/// **Concurrency.** `Sendable`; a lock held for some microseconds.
final class Sessions: Sendable {
  static let limit = 64

  /// What the printed address carries; valid while the process lives.
  let token = Secret()
  /// From the least to the most recently used.
  private let open = Mutex<[Secret]>([])

  /// A new session in exchange for the token; `nil`, and nothing changed, for anything else.
  func exchange(_ candidate: String) -> Secret? {
    guard token.matches(candidate) else { return nil }
    let session = Secret()
    open.withLock { open in
      if open.count >= Self.limit { open.removeFirst() }
      open.append(session)
    }
    return session
  }

  /// Whether one of `candidates` is an open session.
  func admits(_ candidates: [String]) -> Bool {
    open.withLock { open in
      var found: Int?
      for candidate in candidates {
        // Every session is compared, so that the time does not tell which one it was.
        for (index, session) in open.enumerated() where session.matches(candidate) { found = index }
      }
      guard let found else { return false }
      open.append(open.remove(at: found))
      return true
    }
  }
}
