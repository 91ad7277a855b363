import SharedMemory
import SimDB

extension MessageQueue {
  /// Copies of the oldest messages that nobody has taken, which stay where they are.
  ///
  /// **Concurrency.** Writes nothing; works through a read-only mapping. Each was there when it was
  /// copied; the first may have been taken before the last one was.
  ///
  /// - Parameter maxCount: How many at most.
  /// - Returns: The messages, oldest first, without those whose payload is not there any more.
  /// - Throws: `corrupt`, `segmentLost`; `contended` when messages went faster than one could be
  ///   looked at; what the store says when a payload cannot be fetched.
  /// - Complexity: O(payloads).
  public func peek(maxCount: Int) throws(StoreError) -> [Received] {
    var messages: [Received?] = []
    let found = try ring.peek(upTo: maxCount) { position, number throws(StoreError) in
      messages.removeSubrange(number...)
      messages.append(try copy(position))
    }
    try handle.checkLoss()
    return messages.prefix(found).compactMap(\.self)
  }

  /// The message at `position`, torn where it changes meanwhile; `nil` without its payload.
  private func copy(_ position: UInt64) throws(StoreError) -> Received? {
    let cell = ring.cell(position)
    let message = Message(in: region, at: cell + 8)
    if message.kind == .storeReference {
      guard let entry = try database.entry(payloadKey(position)),
        entry.generation == message.handle
      else { return nil }
      return Received(message: message, payload: entry.bytes)
    }
    let size = Int(clamping: message.size)
    guard size <= geometry.payloadCapacity else { return nil }
    return Received(message: message, payload: region.bytes(at: cell + 72, count: size))
  }
}
