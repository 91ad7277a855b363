import SharedMemory
import SimDB

extension Database {
  /// Attaches to the queue of elements of any size named `name`, creating it if asked to and
  /// absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the queue's entry.
  ///   - geometry: What to create when there is no such queue; an existing one keeps its own.
  /// - Returns: The queue.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func byteQueue(
    _ name: String, creating geometry: ByteQueueGeometry? = nil
  ) throws(StoreError) -> ByteQueue {
    guard let geometry else {
      return try ByteQueue(structure(name, type: .byteQueue, creating: nil))
    }
    guard geometry.isPossible else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', byte queue '\(name)'",
        reason:
          "\(geometry.segmentLimit) segments of \(geometry.segmentCapacity) bytes, delivery "
          + "\(geometry.delivery), are not possible",
        remedy: "choose 2 to 65536 segments of 256 B to 1 GiB, and more than 0 ns for claims")
    }
    return try ByteQueue(
      structure(
        name, type: .byteQueue,
        creating: (
          byteCount: ByteQueueLayout.size, initialize: { ByteQueue.initialize($0, geometry) }
        )))
  }
}
