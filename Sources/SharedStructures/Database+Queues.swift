import SharedMemory
import SimDB

extension Database {
  /// Attaches to the queue named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the queue's entry.
  ///   - geometry: What to create when there is no such queue; an existing one keeps its own.
  /// - Returns: The queue.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func queue(
    _ name: String, creating geometry: QueueGeometry? = nil
  ) throws(StoreError) -> MessageQueue {
    guard let geometry else {
      return try MessageQueue(structure(name, type: .queue, creating: nil))
    }
    guard
      MessageQueue.isPossible(
        capacity: geometry.capacity, payload: geometry.payloadCapacity)
    else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', queue '\(name)'",
        reason: "\(geometry.capacity) cells of \(geometry.payloadCapacity) bytes are not possible",
        remedy: "choose a power of two from 2 to 16777216 cells, and 0 to 1024 bytes")
    }
    let stride = MessageQueue.stride(payload: geometry.payloadCapacity)
    return try MessageQueue(
      structure(
        name, type: .queue,
        creating: (
          byteCount: QueueLayout.headerSize + geometry.capacity * stride,
          initialize: { MessageQueue.initialize($0, geometry) }
        )))
  }
}
