import SharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A directory of its own for a test's databases, removed with everything in it at the end.
public final class Scratch: Sendable {
  /// Path of the directory.
  public let path: String

  /// Makes a new directory in the memory file system where there is one.
  public init() {
    let parent = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    path = "\(parent)/lava-test-\(getpid())-\(UInt64.random(in: .min ... .max))"
    guard unsafe mkdir(path, 0o700) == 0 else { fatalError("cannot make \(path)") }
  }

  deinit {
    for name in names { remove(name) }
    remove()
  }

  /// Removes the file `name`, if there is one.
  public func remove(_ name: String) { unsafe unlink("\(path)/\(name)") }

  /// Removes the directory, if it is empty: what makes it anew is tried so.
  public func remove() { unsafe rmdir(path) }

  /// The path, and so the name, of database `name`.
  public func database(_ name: String = "store") -> String { "\(path)/\(name).simdb" }

  /// Names of the files in the directory.
  public var names: [String] {
    guard let stream = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
