import Synchronization

/// A number that many threads raise.
public final class Counter: Sendable {
  private let number = Atomic<Int>(0)

  /// Makes a counter at zero.
  public init() {}

  /// What it has come to.
  public var value: Int { number.load(ordering: .sequentiallyConsistent) }

  /// Raises it.
  public func add(_ difference: Int) { number.add(difference, ordering: .sequentiallyConsistent) }
}
