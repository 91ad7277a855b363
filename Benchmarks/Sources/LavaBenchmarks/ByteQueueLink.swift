import SharedMemory
import SharedStructures
import SimDB

/// A `ByteQueue`; messages are copied out of it, as those of the peers are.
///
/// Each `unsafe` views words as bytes or bytes as words, of which every pattern of bits is valid.
struct ByteQueueLink: Link, ~Copyable {
  private let queue: ByteQueue
  private var message: [UInt64]
  private var received: [UInt64]

  static func create(
    _ name: String, in database: Database, bytes: Int, capacity: Int
  ) throws(StoreError) {
    // A segment has 64 KiB, or a larger element alone.
    let segments = max(4, bytes * capacity / max(bytes, 65_536))
    _ = try database.byteQueue(name, creating: ByteQueueGeometry(segmentLimit: segments))
  }

  init(_ name: String, in database: Database, bytes: Int, isSender: Bool) throws(StoreError) {
    queue = try database.byteQueue(name)
    message = Array(repeating: 0, count: bytes / 8)
    received = message
  }

  mutating func send(_ number: UInt64) throws(StoreError) {
    message[0] = number
    _ = try queue.push(message.span.rawBytes)
  }

  mutating func sendBatch(from number: UInt64) throws(StoreError) {
    for number in number..<number + UInt64(Self.batchSize) { try send(number) }
  }

  mutating func receive() throws(StoreError) -> UInt64? {
    try queue.pop { bytes, _ in Self.copy(bytes, to: &received) } ? received[0] : nil
  }

  mutating func receiveAsleep() throws(StoreError) -> UInt64 {
    try queue.pop(timeoutNanoseconds: .max) { bytes, _ in Self.copy(bytes, to: &received) }
    return received[0]
  }

  mutating func receiveBatch(adding sum: inout UInt64) throws(StoreError) -> Int {
    guard let batch = try queue.take(maxCount: Self.batchSize) else { return 0 }
    do {
      try batch.forEachElement { bytes, _ in
        Self.copy(bytes, to: &received)
        sum &+= received[0]
      }
    } catch let error as StoreError {
      throw error
    } catch {
      fatalError("a body that throws nothing threw \(error)")
    }
    return batch.count
  }

  private static func copy(_ bytes: RawSpan, to words: inout [UInt64]) {
    unsafe bytes.withUnsafeBytes { source in
      unsafe words.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
    }
  }
}
