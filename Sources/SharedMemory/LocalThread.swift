#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread with a name that runs one function to its end.
///
/// **Concurrency.** Either `join()` or `detach()`, once, from any other thread.
@safe
public final class LocalThread: @unchecked Sendable {
  private final class Start {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private let thread: pthread_t

  /// Starts a thread.
  ///
  /// - Parameters:
  ///   - name: Shown by debuggers and `top`; the system keeps 15 bytes of it.
  ///   - body: What it runs.
  /// - Returns: `nil` when the system has no room for another thread.
  public init?(name: String, _ body: @escaping @Sendable () -> Void) {
    // Balanced by `takeRetainedValue` in the new thread, or below when there is none.
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    #if canImport(Darwin)
      var made: pthread_t?
    #else
      var made = pthread_t()
    #endif
    let failure = unsafe pthread_create(
      &made, nil,
      { argument in
        #if canImport(Darwin)
          let argument = unsafe argument
        #else
          let argument = unsafe argument!
        #endif
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        LocalThread.setName(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard failure == 0 else {
      unsafe start.release()
      return nil
    }
    #if canImport(Darwin)
      thread = made!
    #else
      thread = made
    #endif
  }

  /// Lets other threads run.
  public static func yield() { sched_yield() }

  /// Lets the thread end by itself; it is not joined then.
  public func detach() { _ = pthread_detach(thread) }

  /// Ends the calling thread alone, be it the first one of the process.
  public static func endCurrent() -> Never { pthread_exit(nil) }

  /// Waits until the thread has ended.
  public func join() { _ = pthread_join(thread, nil) }

  /// Processors that this machine has running.
  public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  private static func setName(_ name: String) {
    let short = String(decoding: name.utf8.prefix(15), as: UTF8.self)
    #if canImport(Darwin)
      _ = pthread_setname_np(short)
    #else
      // The C library shows its function for this to GNU programs only; the kernel has a file for
      // it.
      guard let file = unsafe fopen("/proc/thread-self/comm", "w") else { return }
      unsafe fputs(short, file)
      unsafe fclose(file)
    #endif
  }
}
