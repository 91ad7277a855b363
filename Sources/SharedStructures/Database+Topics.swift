import SharedMemory
import SimDB

extension Database {
  /// Attaches to the topic named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the topic's entry.
  ///   - type: What is published.
  ///   - geometry: What to create when there is no such topic; an existing one keeps its own.
  /// - Returns: The topic.
  /// - Throws: `notFound`; `typeMismatch`, where its elements are of another layout too;
  ///   `invalidArgument`, `full`, `corrupt`, `incompatible`, `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func topic<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating geometry: TopicGeometry? = nil
  ) throws(StoreError) -> Topic<Element> {
    guard let geometry else {
      return try Topic(structure(name, type: .topic, creating: nil))
    }
    guard geometry.isPossible else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', topic '\(name)'",
        reason:
          "\(geometry.capacity) elements for \(geometry.subscriberCapacity) subscribers are not "
          + "possible",
        remedy: "choose a power of two from 2 to 16777216, and 1 to 1024 subscribers")
    }
    return try Topic(
      structure(
        name, type: .topic,
        creating: (
          byteCount: TopicCore.byteCount(geometry, element: MemoryLayout<Element>.size),
          initialize: { TopicCore.initialize($0, geometry, SharedLayout(of: Element.self)) }
        )))
  }
}
