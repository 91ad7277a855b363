// The system calls that nodes need, behind a face without pointers. Every pointer below comes from
// an array or a string and lives for one call.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why the system refused a call.
struct SystemFailure: Error, Hashable {
  /// The number of the reason, as `errno` gives it.
  let number: CInt

  /// The reason in words.
  var reason: String { unsafe String(cString: strerror(number)) }

  /// The failure of the call that returned just now.
  static var latest: SystemFailure { SystemFailure(number: errno) }

  /// Whether whoever read what was written has gone.
  var isClosedPipe: Bool { number == EPIPE }

  /// The failure as an error of `path`, with the remedies that hold for any file.
  func error(reading path: String) -> EnvironmentError {
    switch number {
    case ENOENT, ENOTDIR:
      EnvironmentError(
        .notFound, place: path, reason: "there is no such file", remedy: "check the path")
    case EACCES, EPERM:
      EnvironmentError(
        .permission, place: path, reason: "it may not be read",
        remedy: "allow reading it, or run as a user who may")
    case EISDIR:
      EnvironmentError(
        .wrongKind, place: path, reason: "it is a directory", remedy: "name the files in it")
    default:
      EnvironmentError(
        .system, place: path, reason: "reading failed (\(reason))",
        remedy: "read another file, or copy it elsewhere first")
    }
  }
}

/// A file or directory, opened for reading and closed with the value.
///
/// **Concurrency.** Reads at an offset may run at once; `read(into:)` moves the file's own place.
struct SystemFile: ~Copyable {
  private let descriptor: CInt

  /// Opens `path`.
  init(path: String) throws(SystemFailure) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw .latest }
  }

  /// Opens `path`, which counts from the directory `directory`.
  init(path: String, in directory: borrowing SystemFile) throws(SystemFailure) {
    descriptor = unsafe openat(directory.descriptor, path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw .latest }
  }

  deinit { close(descriptor) }

  /// Reads on from the file's own place into `buffer`, as much as fits behind `start`.
  ///
  /// - Returns: How many bytes there were; 0 at the end.
  borrowing func read(
    into buffer: inout [UInt8], from start: Int = 0
  ) throws(SystemFailure) -> Int {
    try Self.retry {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
        return unsafe systemRead(descriptor, room.baseAddress, room.count)
      }
    }
  }

  /// Reads from the beginning of the file into `buffer`, as much as fits.
  ///
  /// - Returns: How many bytes there were.
  borrowing func readStart(into buffer: inout [UInt8]) throws(SystemFailure) -> Int {
    try Self.retry {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe pread(descriptor, bytes.baseAddress, bytes.count, 0)
      }
    }
  }

  /// Appends to `numbers` the names in the directory `path` that are decimal numbers, in the order
  /// in which the system lists them.
  static func appendNumericNames(
    of path: String, to numbers: inout [UInt32]
  ) throws(SystemFailure) {
    guard let stream = unsafe opendir(path) else { throw .latest }
    defer { unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
      let number = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
        var number: UInt32 = 0
        for index in name.indices {
          let byte = unsafe name[index]
          if byte == 0 { return number }
          guard (48...57).contains(byte), number < 100_000_000 else { return 0 }
          number = number * 10 + UInt32(byte - 48)
        }
        return 0
      }
      if number > 0 { numbers.append(number) }
    }
  }

  /// Writes all of `bytes` to standard output.
  ///
  /// **Concurrency.** Two calls at once may mix their bytes.
  static func writeToStandardOutput(_ bytes: RawSpan) throws(SystemFailure) {
    var start = 0
    while start < bytes.byteCount {
      do {
        start += try retry {
          unsafe bytes.extracting(droppingFirst: start).withUnsafeBytes { rest in
            unsafe write(1, rest.baseAddress, rest.count)
          }
        }
      } catch {
        // A terminal or pipe that somebody else set to not wait: wait for it here.
        guard error.number == EAGAIN else { throw error }
        var request = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
      }
    }
  }

  /// Makes writing to a closed pipe an error instead of the process's end.
  static func ignoreClosedPipes() { _ = signal(SIGPIPE, SIG_IGN) }

  private static func retry(_ call: () -> Int) throws(SystemFailure) -> Int {
    while true {
      let count = call()
      if count >= 0 { return count }
      if errno != EINTR { throw .latest }
    }
  }
}

/// What a path leads to.
struct SystemFileFacts: Hashable {
  /// Size in bytes; 0 where there is none in advance, as for pipes.
  let byteCount: UInt64

  /// Looks at `path` without opening it, because opening a pipe may wait for its writer.
  ///
  /// - Throws: ``EnvironmentError`` when this process could not read it, or it is a directory.
  init(path: String) throws(EnvironmentError) {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0, unsafe access(path, R_OK) == 0 else {
      throw SystemFailure.latest.error(reading: path)
    }
    let kind = facts.st_mode & S_IFMT
    if kind == S_IFDIR { throw SystemFailure(number: EISDIR).error(reading: path) }
    byteCount = kind == S_IFREG ? UInt64(clamping: facts.st_size) : 0
  }
}

/// Figures of the machine that do not change while it runs.
enum SystemFacts {
  /// Clock ticks in a second, the unit of processor times in `/proc`.
  static var ticksPerSecond: UInt64 { UInt64(max(1, sysconf(CInt(_SC_CLK_TCK)))) }
  /// Bytes of a page, the unit of memory in `/proc/<pid>/stat`.
  static var pageBytes: UInt64 { UInt64(max(1, sysconf(CInt(_SC_PAGESIZE)))) }
}

private func systemRead(
  _ descriptor: CInt, _ start: UnsafeMutableRawPointer?, _ count: Int
) -> Int {
  unsafe read(descriptor, start, count)
}
