import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a file from its beginning to its end.
///
/// It is the file that had the path when it was opened, whatever takes its place meanwhile.
///
/// **Concurrency.** One thread at a time.
public final class FileReader {
  private let path: String
  private let descriptor: Int32
  /// Bytes of the file when it was opened.
  public let count: UInt64
  /// Bytes read so far.
  public private(set) var offset: UInt64 = 0
  private var buffer: ArraySlice<UInt8> = []

  private static let bufferLength: UInt64 = 1 << 20

  /// Opens the file at `path`.
  ///
  /// - Throws: `notFound`, `permission` or `system`.
  public init(path: String) throws(StoreError) {
    self.path = path
    descriptor = unsafe shm_open_file(path, false)
    var facts = shm_file_facts()
    let result = descriptor < 0 ? descriptor : unsafe shm_file_facts(descriptor, &facts)
    count = facts.size
    guard result == 0, facts.regular else {
      throw Self.openError(-result, path: path)
    }
  }

  deinit {
    if descriptor >= 0 { _ = shm_close(descriptor) }
  }

  private static func openError(_ number: Int32, path: String) -> StoreError {
    if number == ENOENT {
      return StoreError(
        .notFound, place: "file '\(path)'", reason: "there is none", remedy: "check the path")
    }
    if number == 0 {
      return StoreError(
        .invalidArgument, place: "file '\(path)'", reason: "it is not a regular file",
        remedy: "name a file")
    }
    return systemError(
      number, call: "open", place: "file '\(path)'",
      remedy: "check its mode; a link is not followed")
  }

  /// Reads the next `count` bytes, or `nil` where the file has fewer.
  ///
  /// - Throws: `system`.
  /// - Complexity: O(count); never allocates more than the file has.
  public func read(_ count: Int) throws(StoreError) -> [UInt8]? {
    guard count >= 0, UInt64(count) <= self.count - offset else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if buffer.isEmpty { try fill(UInt64(count - bytes.count)) }
      guard !buffer.isEmpty else { return nil }
      let taken = buffer.prefix(count - bytes.count)
      bytes += taken
      buffer = buffer.dropFirst(taken.count)
      offset += UInt64(taken.count)
    }
    return bytes
  }

  /// Goes on reading at a byte that was read before.
  ///
  /// - Parameter offset: At most ``offset``.
  public func rewind(to offset: UInt64) {
    precondition(offset <= self.offset, "what lies ahead is read, not passed over")
    self.offset = offset
    buffer = []
  }

  private func fill(_ wanted: UInt64) throws(StoreError) {
    let length = Int(min(max(wanted, Self.bufferLength), count - offset))
    guard length > 0 else { return }
    var failure: Int64 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { target, initialized in
      let got = unsafe shm_read_at(descriptor, target.baseAddress, length, offset)
      failure = min(got, 0)
      initialized = Int(max(got, 0))
    }
    guard failure == 0 else {
      throw systemError(
        Int32(-failure), call: "read", place: "file '\(path)'", remedy: "try again")
    }
    buffer = bytes[...]
  }
}
