import SharedMemory
import SimDB

extension Queue {
  /// An element that its consumer has until it acknowledges it or gives it back.
  ///
  /// When nobody refers to the claim any more and neither was done, the element is given back. When
  /// the process dies, or says nothing within the queue's time, others take the element over.
  ///
  /// **Concurrency.** `Sendable`; of several that settle it one does. A forked child cannot settle
  /// what its parent has claimed.
  public struct Claim: Sendable {
    /// The element: a copy, which stays as it is whoever takes it over.
    public let element: Element
    @usableFromInline let hold: ElementHold

    @usableFromInline
    init(_ element: Element, _ hold: ElementHold) {
      self.element = element
      self.hold = hold
    }

    /// How often the element was claimed, this time included: 1 at first; counted modulo 64, so that
    /// the 64th time reads 0.
    public var deliveryCount: Int { hold.deliveryCount }

    @usableFromInline
    func lend<Failure: Error>(
      _ body: (Span<Element>) throws(Failure) -> Void
    ) throws(Failure) {
      let one: InlineArray<1, Element> = [element]
      try body(one.span)
    }

    /// Says that the element is done with.
    ///
    /// **Concurrency.** Wait-free.
    ///
    /// - Returns: `false` when it came too late, and another has the element, or it was settled.
    /// - Throws: `segmentLost`.
    /// - Complexity: O(1).
    public func acknowledge() throws(StoreError) -> Bool { try hold.acknowledge() }

    /// Gives the element back, to be read first by the next.
    ///
    /// **Concurrency.** Wait-free.
    ///
    /// - Returns: `false` when it came too late, and another has the element, or it was settled.
    /// - Complexity: O(1).
    @discardableResult
    public func giveBack() -> Bool { hold.giveBack() }
  }

  /// Claims the oldest element, to be acknowledged.
  ///
  /// What was given back, and what the dead and the late have, comes before others.
  ///
  /// ```swift
  /// while let claim = try jobs.claim() {
  ///   print(claim.element.number)
  ///   if try !claim.acknowledge() { print("another has run it as well") }
  /// }
  /// ```
  ///
  /// **Concurrency.** Any number of consumers; never waits.
  ///
  /// - Returns: `nil` when there was none.
  /// - Throws: `invalidArgument` where elements are not acknowledged; `full` when there are
  ///   elements and all of the queue's claims are held; as ``pop()``.
  /// - Complexity: O(1) and O(bytes); O(claims) for what was given back, and ten times a second.
  @inlinable
  public func claim() throws(StoreError) -> Claim? {
    var hold: ElementHold?
    let element = try Element.filled { bytes throws(StoreError) in
      hold = try cells.hold(into: &bytes)
      return hold != nil
    }
    guard let element, let hold else { return nil }
    return Claim(element, hold)
  }

  /// Claims the oldest element, sleeping until there is one.
  ///
  /// **Concurrency.** As ``claim()``; the thread spins a little and then sleeps without CPU. What
  /// dies with a consumer is found within a tenth of a second.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait.
  /// - Returns: `nil` when there was none in time.
  /// - Throws: As ``claim()``.
  /// - Complexity: As ``claim()``, each time it looks.
  @inlinable
  public func claim(timeoutNanoseconds: UInt64) throws(StoreError) -> Claim? {
    var claimed: Claim?
    _ = try cells.waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      claimed = try claim()
      return claimed != nil
    }
    return claimed
  }

  /// Claims the oldest element, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The claim.
  /// - Throws: `CancellationError` when the task is cancelled; as ``claim()``.
  /// - Complexity: As ``claim()``, each time it looks.
  public func receiveClaim() async throws -> Claim {
    while true {
      try Task.checkCancellation()
      if let claim = try claim() { return claim }
      await cells.awaitArrival()
    }
  }

  // MARK: Taking and acknowledging in one

  /// Lends a copy of the oldest element, which is acknowledged when `body` has returned, and given
  /// back when it throws.
  @usableFromInline
  func popAcknowledging(lending body: (Span<Element>) throws -> Void) throws -> Bool {
    guard let claim = try claim() else { return false }
    do { try claim.lend(body) } catch {
      claim.giveBack()
      throw error
    }
    _ = try claim.acknowledge()
    return true
  }

  /// Takes and acknowledges elements one by one.
  @usableFromInline
  func takeAcknowledging(_ count: Int) throws(StoreError) -> [Element] {
    var taken: [Element] = []
    while taken.count < count {
      do throws(StoreError) {
        guard let element = try pop() else { break }
        taken.append(element)
      } catch {
        // What is done with is the caller's.
        guard taken.isEmpty else { break }
        throw error
      }
    }
    return taken
  }
}
