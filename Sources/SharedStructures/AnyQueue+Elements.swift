import SharedMemory
import SimDB

extension AnyQueue {
  /// Copies of the elements that would be taken next, which stay where they are.
  ///
  /// **Concurrency.** Writes nothing; works through a read-only mapping. Each was there when it was
  /// copied; the first may have been taken before the last one was.
  ///
  /// - Parameter maxCount: How many at most.
  /// - Returns: The elements, in the order in which they would be taken.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`; `contended` when elements went faster than they
  ///   could be looked at.
  /// - Complexity: O(bytes).
  public func peek(maxCount: Int = 1) throws(StoreError) -> [Element] {
    switch core {
    case .messages(let queue): try queue.peek(maxCount: maxCount).map(Self.element)
    case .elements(let queue, _): try queue.peek(upTo: maxCount).map { Element($0) }
    case .channel(let channel, _): try channel.peek(upTo: maxCount).map { Element($0) }
    case .bytes(let queue): try queue.peek(maxCount: maxCount).map(Self.element)
    case .ordered(let queue): try queue.peek(upTo: maxCount).map(Self.element)
    case .levels(let levels, let layout):
      try levels.elements(limit: maxCount) { region, offset in
        region.bytes(at: offset, count: layout.size)
      }.map { Element($0.element, priority: UInt64($0.level)) }
    }
  }

  /// Takes the next element, sleeping until there is one; it is acknowledged at once where it needs
  /// to be.
  ///
  /// **Concurrency.** As taking from the queue that it is; the thread spins a little and then
  /// sleeps without CPU.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait; not at all by default.
  /// - Returns: `nil` when none came in time.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`; `inUse` while another that lives
  ///   has the receiving end of a channel; `full` as ``Queue/claim()``.
  /// - Complexity: O(bytes).
  public func pop(timeoutNanoseconds: UInt64 = 0) throws(StoreError) -> Element? {
    switch core {
    case .messages(let queue):
      var element: Element?
      try queue.pop(timeoutNanoseconds: timeoutNanoseconds) {
        (message: Message, payload: RawSpan) -> Void in
        element = Self.element(.init(message: message, payload: payload.array))
      }
      return element
    case .elements(let queue, let layout):
      return try Self.filled(layout.size) { bytes throws(StoreError) in
        try queue.pop(timeoutNanoseconds: timeoutNanoseconds, into: &bytes)
      }
    case .channel(let channel, let layout):
      var end = try ReceiverEnd(channel)
      let deadline = SystemClock.deadline(after: timeoutNanoseconds)
      while true {
        let element = try Self.filled(layout.size) { bytes throws(StoreError) in
          try end.pop(into: &bytes)
        }
        if element != nil || !end.awaitArrival(until: deadline) { return element }
      }
    case .bytes(let queue):
      var element: Element?
      try queue.pop(timeoutNanoseconds: timeoutNanoseconds) { bytes, type in
        element = Element(bytes.array, type: type)
      }
      return element
    case .ordered(let queue):
      return try queue.pop(timeoutNanoseconds: timeoutNanoseconds).map(Self.element)
    case .levels(let levels, let layout):
      return try levels.arrival.wait(timeoutNanoseconds: timeoutNanoseconds) {
        () throws(StoreError) in
        let taken = try levels.pop { region, offset in
          region.bytes(at: offset, count: layout.size)
        }
        return taken.map { Element($0.element, priority: UInt64($0.level)) }
      }
    }
  }

  /// Appends an element, doing what the overflow policy says when the queue is full.
  ///
  /// **Concurrency.** As pushing to the queue that it is.
  ///
  /// - Parameters:
  ///   - bytes: As many as an element has, where all have one size; copied before returning.
  ///   - type: What they are, in a byte queue or a queue of messages.
  ///   - priority: Of an ordered queue, or one of the 256 of a priority queue: the smaller, the
  ///     sooner.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default. Whoever
  ///     takes from an ordered queue or a priority queue wakes no producer, so this looks there a
  ///     hundred times a second.
  /// - Returns: What became of it.
  /// - Throws: `invalidArgument`, naming both sizes, where elements have another one, and where
  ///   there is no such priority; `full` where the store has no room for a larger element, or for
  ///   more of an ordered queue or a priority queue; `inUse` while another that lives has the sending
  ///   end of a channel; `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(bytes); O(log n) expected for ordered queues.
  public func push(
    _ bytes: [UInt8], type: TypeID = .bytes, priority: UInt64 = 0,
    timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    if let layout, layout.size != bytes.count {
      throw StoreError(
        .invalidArgument, place: handle.place(kind),
        reason: "\(bytes.count) bytes are no element, which is \(layout)",
        remedy: "push \(layout.size) bytes")
    }
    switch core {
    case .messages(let queue):
      return try queue.push(
        Message(type: type), payload: bytes.rawSpan, timeoutNanoseconds: timeoutNanoseconds)
    case .elements(let queue, _):
      return try queue.push(bytes.rawSpan, timeoutNanoseconds: timeoutNanoseconds)
    case .channel(let channel, _):
      var end = try SenderEnd(channel)
      return try end.push(bytes.rawSpan, timeoutNanoseconds: timeoutNanoseconds)
    case .bytes(let queue):
      return try queue.push(bytes, type: type, timeoutNanoseconds: timeoutNanoseconds)
    case .ordered(let queue):
      return try untilRoom(timeoutNanoseconds) { () throws(StoreError) in
        try queue.push(bytes.rawSpan, priority: priority)
      }
    case .levels(let levels, _):
      guard priority < PriorityLevels.count else {
        throw StoreError(
          .invalidArgument, place: handle.place(kind), reason: "there is no priority \(priority)",
          remedy: "choose 0 to \(PriorityLevels.count - 1), or an ordered queue")
      }
      return try untilRoom(timeoutNanoseconds) { () throws(StoreError) in
        try levels.push(Int(priority)) { region, offset in region.write(bytes.rawSpan, at: offset) }
      }
    }
  }

  /// Calls `push` again while it finds the queue full, until the time is up.
  private func untilRoom(
    _ timeoutNanoseconds: UInt64, _ push: () throws(StoreError) -> Void
  ) throws(StoreError) -> PushResult {
    let deadline = SystemClock.deadline(after: timeoutNanoseconds)
    while true {
      do throws(StoreError) {
        try push()
        return .pushed
      } catch {
        // A full store is at another place, and others than consumers make room there.
        guard error.code == .full, error.place == handle.place(kind) else { throw error }
      }
      let now = SystemClock.monotonicNanoseconds
      guard now < deadline else { return .timedOut }
      SystemClock.pause(nanoseconds: min(deadline - now, 10_000_000))
    }
  }

  /// An element as viewers show it: by its layout where there is one, text as text, other bytes in
  /// hexadecimal.
  ///
  /// **Concurrency.** A value is looked at; any thread.
  ///
  /// - Parameters:
  ///   - element: One of this queue.
  ///   - limit: The most numbers that are shown.
  /// - Returns: What a viewer shows.
  /// - Complexity: O(bytes).
  public func describe(_ element: Element, limit: Int = 1_000) -> DescribedValue {
    var budget = limit
    return describe(element, budget: &budget)
  }

  /// The same, taking the numbers that are shown from `budget`.
  func describe(_ element: Element, budget: inout Int) -> DescribedValue {
    if let layout, let fields = LayoutFields(layout), element.bytes.count == layout.size {
      return fields.value(in: element.bytes.rawSpan, budget: &budget)
    }
    budget -= 1
    return .value(element.bytes, type: element.type)
  }

  // MARK: Elements of each kind

  private static func element(_ received: MessageQueue.Received) -> Element {
    Element(
      received.payload, type: TypeID(rawValue: received.message.type), message: received.message)
  }

  private static func element(_ received: ByteQueue.Received) -> Element {
    Element(received.bytes, type: received.type)
  }

  private static func element(_ entry: OrderedCells.Entry) -> Element {
    Element(entry.bytes, priority: entry.priority)
  }

  /// An element of `size` bytes that `fill` writes; `nil` when it returns `false`.
  private static func filled(
    _ size: Int, _ fill: (inout MutableRawSpan) throws(StoreError) -> Bool
  ) throws(StoreError) -> Element? {
    var isFilled = false
    // One byte is room for an element of none.
    let bytes = try [UInt8].filled(capacity: max(1, size)) { bytes throws(StoreError) in
      isFilled = try fill(&bytes)
      return isFilled ? size : 0
    }
    return isFilled ? Element(bytes) : nil
  }
}
