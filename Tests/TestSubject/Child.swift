#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process forked without exec: it goes on with a copy of all that its parent has.
struct Child {
  private typealias Fork = @convention(c) () -> pid_t

  let pid: pid_t

  private init(pid: pid_t) { self.pid = pid }

  /// Forks. Returns twice: in the child, with the number 0, and in its parent.
  static func fork() -> Child {
    // Swift has no name for it, since few programs may do so.
    Child(pid: unsafe unsafeBitCast(dlsym(nil, "fork")!, to: Fork.self)())
  }

  /// Starts a child that does `body` and ends with the status that it returns, or 99.
  ///
  /// - Parameter isHeld: Whether it stops before it begins, until it is told to go on.
  init(isHeld: Bool = false, _ body: () throws -> Int32) {
    self = Self.fork()
    if pid == 0 {
      if isHeld { raise(SIGSTOP) }
      _exit((try? body()) ?? 99)
    }
    if isHeld { _ = wait(WUNTRACED) }
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for its end.
  ///
  /// - Returns: Its exit status, or the negative number of the signal that ended it.
  func wait() -> Int32 {
    let status = wait(0)
    return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
  }

  private func wait(_ options: Int32) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, options) < 0, errno == EINTR {}
    return status
  }
}
