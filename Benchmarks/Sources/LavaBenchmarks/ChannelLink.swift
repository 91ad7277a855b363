import SharedStructures
import SimDB

/// An end of a `Channel`.
struct ChannelLink<Element: NumberedElement>: Link, ~Copyable {
  private var sender: Sender<Element>?
  private var receiver: Receiver<Element>?
  private var message = Element(number: 0)
  private var batch = [Element](repeating: Element(number: 0), count: batchSize)

  static func create(
    _ name: String, in database: Database, bytes: Int, capacity: Int
  ) throws(StoreError) {
    _ = try database.channel(
      name, of: Element.self, creating: ChannelGeometry(capacity: capacity))
  }

  init(_ name: String, in database: Database, bytes: Int, isSender: Bool) throws(StoreError) {
    let channel = try database.channel(name, of: Element.self)
    if isSender {
      sender = try channel.sender()
      receiver = nil
    } else {
      sender = nil
      receiver = try channel.receiver()
    }
  }

  mutating func send(_ number: UInt64) throws(StoreError) {
    message.number = number
    let message = message
    _ = try sender?.push(message)
  }

  mutating func sendBatch(from number: UInt64) throws(StoreError) {
    for index in batch.indices { batch[index].number = number + UInt64(index) }
    let batch = batch
    try sender?.push(contentsOf: batch.span)
  }

  mutating func receive() throws(StoreError) -> UInt64? { try receiver?.pop()?.number }

  mutating func receiveAsleep() throws(StoreError) -> UInt64 {
    try receiver?.pop(timeoutNanoseconds: .max)?.number ?? 0
  }

  mutating func receiveBatch(adding sum: inout UInt64) throws(StoreError) -> Int {
    let taken = try receiver?.take(maxCount: Self.batchSize) ?? []
    for element in taken { sum &+= element.number }
    return taken.count
  }
}
