import SimDB

/// What carries messages of one size between processes or threads, as one of them has it.
protocol Link: ~Copyable, SendableMetatype {
  /// How many messages go at once where they go in batches.
  static var batchSize: Int { get }

  /// - Parameter capacity: Messages that may wait at once, about.
  static func create(
    _ name: String, in database: Database, bytes: Int, capacity: Int
  ) throws(StoreError)

  init(_ name: String, in database: Database, bytes: Int, isSender: Bool) throws(StoreError)

  /// Sends a message, waiting for room.
  mutating func send(_ number: UInt64) throws(StoreError)
  /// Sends `batchSize` messages, of which the first has this number.
  mutating func sendBatch(from number: UInt64) throws(StoreError)
  /// The number of the next message, or `nil` when there is none.
  mutating func receive() throws(StoreError) -> UInt64?
  /// The number of the next message, asleep until there is one if need be.
  mutating func receiveAsleep() throws(StoreError) -> UInt64
  /// Takes up to `batchSize` messages and adds their numbers; how many they were.
  mutating func receiveBatch(adding sum: inout UInt64) throws(StoreError) -> Int
}

extension Link where Self: ~Copyable {
  static var batchSize: Int { 64 }
}
