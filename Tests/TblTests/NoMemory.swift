#if os(Linux)
  import Glibc

  /// Does `body` while the process has no memory left: whatever asks for some in it ends the
  /// process.
  ///
  /// For a process of its own. What `body` does first is done once before, so that what the runtime
  /// makes on first use is there.
  func withoutMemory<Result>(_ body: () throws -> Result) rethrows -> Result {
    _ = try body()
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    var none = rlimit(rlim_cur: 0, rlim_max: limit.rlim_max)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &none)
    // Whatever the heap still has, from large blocks to small ones: each size has lists of its own.
    // Each block holds the address of the one before, so that none is left out as unused.
    var last: UnsafeMutableRawPointer?
    var size = 1 << 24
    while size >= 8 {
      while let block = unsafe malloc(size) {
        unsafe block.storeBytes(of: last, as: UnsafeMutableRawPointer?.self)
        unsafe last = block
      }
      size = size > 2_048 ? size / 2 : size - 8
    }
    defer {
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      while let block = unsafe last {
        unsafe last = unsafe block.load(as: UnsafeMutableRawPointer?.self)
        unsafe free(block)
      }
    }
    return try body()
  }
#endif
