import SharedMemory
import TestSupport
import Testing

@testable import SharedStructures

/// Pushes elements, counted from 0, until there is no room; how many.
func pushUntilFull(_ push: (UInt64) throws -> Void) -> Int {
  var count = 0
  let error = #expect(throws: StoreError.self) {
    while true {
      try push(UInt64(count))
      count += 1
    }
  }
  #expect(error?.code == .full)
  return count
}

/// Three threads push an element and pop one, 20,000 times each: all that was pushed is popped, and
/// nothing is left.
func pushAndPopInThreads(
  push: @escaping @Sendable (UInt64) throws -> Void,
  pop: @escaping @Sendable () throws -> UInt64?
) throws {
  let sums = LocalMutex<(pushed: UInt64, popped: UInt64)>((0, 0))
  try inThreads(
    [@Sendable () throws -> Void](
      repeating: {
        var generator = SeededGenerator()
        var (pushed, popped) = (0 as UInt64, 0 as UInt64)
        for _ in 0..<20_000 * scale {
          let number = generator.next() >> 8
          try push(number)
          pushed &+= number
          popped &+= try #require(try pop())
        }
        let (done, taken) = (pushed, popped)
        sums.withLock { $0 = ($0.pushed &+ done, $0.popped &+ taken) }
      }, count: 3))
  let (pushed, popped) = sums.withLock { $0 }
  #expect(try pushed == popped && pop() == nil)
}
