import SharedStructures
import SimDB

/// A `Queue` of equal elements.
struct QueueLink<Element: NumberedElement>: Link, ~Copyable {
  private let queue: Queue<Element>
  private var message = Element(number: 0)
  private var batch = [Element](repeating: Element(number: 0), count: batchSize)

  static func create(
    _ name: String, in database: Database, bytes: Int, capacity: Int
  ) throws(StoreError) {
    _ = try database.queue(
      name, of: Element.self, creating: ElementQueueGeometry(capacity: capacity))
  }

  init(_ name: String, in database: Database, bytes: Int, isSender: Bool) throws(StoreError) {
    queue = try database.queue(name, of: Element.self)
  }

  mutating func send(_ number: UInt64) throws(StoreError) {
    message.number = number
    _ = try queue.push(message)
  }

  mutating func sendBatch(from number: UInt64) throws(StoreError) {
    for index in batch.indices { batch[index].number = number + UInt64(index) }
    try queue.push(contentsOf: batch.span)
  }

  mutating func receive() throws(StoreError) -> UInt64? { try queue.pop()?.number }

  mutating func receiveAsleep() throws(StoreError) -> UInt64 {
    try queue.pop(timeoutNanoseconds: .max)?.number ?? 0
  }

  mutating func receiveBatch(adding sum: inout UInt64) throws(StoreError) -> Int {
    let taken = try queue.take(maxCount: Self.batchSize)
    for element in taken { sum &+= element.number }
    return taken.count
  }
}
