#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import CSharedMemory

/// A process forked without exec.
struct Child {
  /// How a process ended, or that it has only stopped.
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
    case stopped
  }

  let pid: pid_t

  /// Forks; the child's status is what `body` returns. No other thread may be running.
  init(_ body: () -> Int32) {
    typealias Fork = @convention(c) () -> pid_t
    // What is buffered is written once.
    fflush(nil)
    // Swift has no name for it, since few programs may do so.
    pid = unsafe unsafeBitCast(dlsym(nil, "fork")!, to: Fork.self)()
    precondition(pid >= 0, "the system forks no more")
    if pid == 0 {
      let status = body()
      fflush(nil)
      _exit(status)
    }
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits until it has ended or stopped.
  func wait() -> End {
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, WUNTRACED) < 0 { precondition(errno == EINTR) }
    if status & 0x7f == 0 { return .exited(status >> 8 & 0xff) }
    return status & 0xff == 0x7f ? .stopped : .killed(status & 0x7f)
  }
}

/// Some numbers that a process and its children share, all zero at first.
@safe
final class SharedNumbers {
  private let numbers: UnsafeMutableBufferPointer<Int>

  init(count: Int) {
    let size = count * MemoryLayout<Int>.stride
    let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    precondition(unsafe memory != MAP_FAILED, "no memory")
    unsafe numbers = UnsafeMutableBufferPointer(
      start: memory!.bindMemory(to: Int.self, capacity: count), count: count)
  }

  deinit { unsafe munmap(numbers.baseAddress!, numbers.count * MemoryLayout<Int>.stride) }

  subscript(_ index: Int) -> Int {
    get { unsafe numbers[index] }
    set { unsafe numbers[index] = newValue }
  }

  /// What a number is, and 1 more for whoever asks next.
  func next(_ index: Int) -> Int {
    let raw = unsafe UnsafeMutableRawPointer(numbers.baseAddress! + index)
    return Int(unsafe shm_fetch_add_relaxed(raw.assumingMemoryBound(to: UInt64.self), 1))
  }
}

/// Gives a variable of the environment a value.
func setEnvironment(_ name: String, _ value: String) { _ = unsafe setenv(name, value, 1) }

/// A variable of the environment.
func environment(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
