import SharedMemory
import SimDB

extension Database {
  /// Attaches to the topic of bytes named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the topic's entry.
  ///   - geometry: What to create when there is no such topic; an existing one keeps its own.
  /// - Returns: The topic.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(rows) where it is created.
  public func byteTopic(
    _ name: String, creating geometry: ByteTopicGeometry? = nil
  ) throws(StoreError) -> ByteTopic {
    guard let geometry else {
      return try ByteTopic(structure(name, type: .byteTopic, creating: nil))
    }
    guard geometry.isPossible else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', byte topic '\(name)'",
        reason:
          "\(geometry.subscriberCapacity) subscribers with \(geometry.segmentLimit) segments of "
          + "\(geometry.segmentCapacity) bytes are not possible",
        remedy: "choose 1 to 1024 subscribers, and 2 to 65536 segments of 256 B to 1 GiB")
    }
    return try ByteTopic(
      structure(
        name, type: .byteTopic,
        creating: (
          byteCount: ByteTopic.byteCount(geometry),
          initialize: { ByteTopic.initialize($0, geometry) }
        )))
  }
}
