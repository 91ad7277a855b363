import Foundation

/// Programs and rights that not every machine gives.
public enum Tools {
  /// Whether a program of that name can be run.
  public static func has(_ name: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  /// Whether this user may mount file systems in a namespace of their own.
  public static let canMount: Bool = {
    let attempt = try? Subject(
      ["-c", "exec unshare --mount mount -t tmpfs tmpfs /tmp"], program: "/bin/sh")
    return attempt?.wait() == 0
  }()

  /// Whether this user may start processes in a namespace of their own, where they have other numbers.
  public static let canRenumber: Bool = {
    let attempt = try? Subject(
      ["-c", "exec unshare --pid --fork --kill-child true"], program: "/bin/sh")
    return attempt?.wait() == 0
  }()

  /// The library that lets a program see another time of day; `nil` where it is not installed.
  public static let fakeTimeLibrary: String? = {
    let folders = ["/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
    return folders.map { $0 + "/faketime/libfaketimeMT.so.1" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }()
}
