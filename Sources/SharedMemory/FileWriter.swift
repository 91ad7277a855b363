import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file that has its name only once it is complete and on its disk.
///
/// Until then it has none, where the system knows files without a name, and a writer that is killed
/// leaves nothing. Elsewhere it is one of the form `.NAME.PID.RANDOM` beside the place it is meant
/// for, which then stays; so is for a moment at the end a file that replaces another, since only
/// what has a name can take another's.
///
/// **Concurrency.** One thread at a time.
public final class FileWriter {
  private let path: String
  /// Its name until it is complete, where it has one.
  private var temporary: String?
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Bytes written before the buffer's.
  private var offset: UInt64 = 0

  private static let bufferLength = 1 << 20

  /// Begins a file that will be found at `path`.
  ///
  /// - Parameters:
  ///   - path: Where it will be found.
  ///   - mode: Who may read and write it; this user alone, unless something else is said.
  /// - Throws: `permission`, `noRoom` or `system`.
  public init(path: String, mode: UInt32 = 0o600) throws(StoreError) {
    self.path = path
    let unnamed = unsafe shm_create_unnamed_file(SegmentLocation.directory(of: path), mode)
    if unnamed >= 0 {
      descriptor = unnamed
    } else {
      let name = SegmentLocation.temporaryPath(beside: path)
      descriptor = unsafe shm_create_file(name, mode)
      if descriptor >= 0 { temporary = name }
    }
    guard descriptor >= 0 else {
      throw systemError(
        -descriptor, call: "open", place: "file '\(path)'", remedy: "check its directory")
    }
    buffer.reserveCapacity(Self.bufferLength)
  }

  deinit {
    if descriptor >= 0 { _ = shm_close(descriptor) }
    if let temporary { _ = unsafe shm_unlink(temporary) }
  }

  /// Appends bytes.
  ///
  /// - Throws: `noRoom` or `system`; the file is then given up.
  public func write(_ bytes: [UInt8]) throws(StoreError) {
    if buffer.count + bytes.count > Self.bufferLength { try flush() }
    if bytes.count >= Self.bufferLength { try append(bytes) } else { buffer += bytes }
  }

  /// Gives the file its name, in place of any that had it.
  ///
  /// - Throws: As ``write(_:)``.
  public func finish() throws(StoreError) {
    try flush()
    try check(shm_sync(descriptor), "fsync")
    if temporary == nil {
      let result = unsafe shm_name_file(descriptor, path)
      guard result == -EEXIST else { return try check(result, "link") }
      let name = SegmentLocation.temporaryPath(beside: path)
      try check(unsafe shm_name_file(descriptor, name), "link")
      temporary = name
    }
    if let temporary { try check(unsafe shm_rename(temporary, path), "rename") }
    temporary = nil
  }

  private func flush() throws(StoreError) {
    try append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func append(_ bytes: [UInt8]) throws(StoreError) {
    let count = unsafe bytes.withUnsafeBytes { bytes in
      unsafe shm_write_at(descriptor, bytes.baseAddress, bytes.count, offset)
    }
    guard count == bytes.count else { throw error(count < 0 ? Int32(-count) : ENOSPC, "write") }
    offset += UInt64(count)
  }

  private func check(_ result: Int32, _ call: String) throws(StoreError) {
    if result != 0 { throw error(-result, call) }
  }

  private func error(_ number: Int32, _ call: String) -> StoreError {
    systemError(
      number, call: call, place: "file '\(path)'",
      remedy: "free room there, or choose another place")
  }
}
