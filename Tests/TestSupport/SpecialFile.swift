#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are not regular, as one may find in place of another.
public enum SpecialFile: CaseIterable, Sendable {
  case directory, pipe, socket, linkToItself, linkToNothing

  /// Makes one at `path`.
  public func make(at path: String) {
    let result: Int32 =
      switch self {
      case .directory: unsafe mkdir(path, 0o700)
      case .pipe: unsafe mkfifo(path, 0o600)
      case .socket: bindSocket(to: path)
      case .linkToItself: unsafe symlink(path, path)
      case .linkToNothing: unsafe symlink("\(path)-absent", path)
      }
    guard result == 0 else { fatalError("cannot make a \(self) at \(path)") }
  }

  /// Removes the one at `path`.
  public func remove(at path: String) {
    _ = self == .directory ? unsafe rmdir(path) : unsafe unlink(path)
  }
}

private func bindSocket(to path: String) -> Int32 {
  #if canImport(Glibc)
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  #else
    let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
  #endif
  defer { close(descriptor) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
    unsafe bytes.copyBytes(from: path.utf8.prefix(bytes.count - 1))
  }
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}
