import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// libFuzzer, if it is linked in.
///
/// Its own `main` is not: it would begin before Swift does, and run one target for ever.
enum Driver {
  private typealias Input = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  private typealias Run =
    @convention(c) (
      UnsafeMutablePointer<Int32>,
      UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
      Input
    ) -> Int32

  /// Runs the chosen target as libFuzzer's `arguments` say.
  ///
  /// - Returns: The exit status; `nil` where libFuzzer is not there.
  static func run(_ arguments: [String]) -> Int32? {
    guard let symbol = unsafe dlsym(nil, "LLVMFuzzerRunDriver") else { return nil }
    let driver = unsafe unsafeBitCast(symbol, to: Run.self)
    // They stay until the process ends, as those of a `main` do.
    let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
      .allocate(capacity: arguments.count + 1)
    for (index, argument) in arguments.enumerated() { unsafe copies[index] = strdup(argument) }
    unsafe copies[arguments.count] = nil
    var count = Int32(arguments.count)
    var vector = unsafe copies
    return unsafe driver(&count, &vector) { bytes, count in
      let input = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
      FuzzTarget.chosen.withLock { $0 }?.run(input)
      return 0
    }
  }
}
