import SharedMemory
import SimDB

/// A queue of any kind, for programs that do not know its elements' type: viewers, and tools.
///
/// Elements are bytes; those of queues of plain values come with how they lie, so that they can be
/// shown, and only as many bytes as an element has can be pushed.
///
/// ```swift
/// let queue = try database.anyQueue("samples")
/// for element in try queue.peek(maxCount: 10) { print(queue.describe(element).json) }
/// ```
///
/// **Concurrency.** `Sendable`; as the queue that it is. A channel has one sender and one receiver:
/// their ends are claimed for the time of a call.
///
/// - SeeAlso: ``Queue``, ``Channel``, ``OrderedQueue``, ``PriorityQueue``, ``ByteQueue``,
///   ``MessageQueue``.
public struct AnyQueue: Sendable {
  enum Core {
    case messages(MessageQueue)
    case elements(CellQueue, SharedLayout)
    case channel(CellChannel, SharedLayout)
    case bytes(ByteQueue)
    case ordered(OrderedCells)
    case levels(PriorityLevels, SharedLayout)
  }

  let core: Core

  /// The kinds of entries that are queues.
  public static let kinds: [TypeID] = [
    .queue, .elementQueue, .channel, .byteQueue, .orderedQueue, .priorityQueue,
  ]

  /// What kind of queue it is, one of ``kinds``.
  public var kind: TypeID {
    switch core {
    case .messages: .queue
    case .elements: .elementQueue
    case .channel: .channel
    case .bytes: .byteQueue
    case .ordered: .orderedQueue
    case .levels: .priorityQueue
    }
  }

  /// Name of the queue.
  public var name: String { handle.name }

  var handle: StructureHandle {
    switch core {
    case .messages(let queue): queue.handle
    case .elements(let queue, _): queue.handle
    case .channel(let channel, _): channel.handle
    case .bytes(let queue): queue.handle
    case .ordered(let queue): queue.handle
    case .levels(let levels, _): levels.handle
    }
  }

  /// How the elements lie; `nil` where each has bytes and a type of its own.
  public var layout: SharedLayout? {
    switch core {
    case .messages, .bytes: nil
    case .elements(_, let layout), .channel(_, let layout), .levels(_, let layout): layout
    case .ordered(let queue): queue.layout
    }
  }

  /// An element of any queue.
  public struct Element: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]
    /// What they are, where the element says so itself.
    public let type: TypeID
    /// Its priority in an ordered queue or a priority queue.
    public let priority: UInt64?
    /// The envelope of a message.
    public let message: Message?

    init(
      _ bytes: [UInt8], type: TypeID = .bytes, priority: UInt64? = nil, message: Message? = nil
    ) {
      self.bytes = bytes
      self.type = type
      self.priority = priority
      self.message = message
    }
  }
}

extension Database {
  /// Attaches to the queue named `name`, of whatever kind it is.
  ///
  /// **Concurrency.** Any thread; through a read-only mapping it can be looked at.
  ///
  /// - Parameter name: Key of the queue's entry.
  /// - Returns: The queue.
  /// - Throws: `notFound`; `typeMismatch` where the entry is no queue; `corrupt`, `incompatible`,
  ///   `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func anyQueue(_ name: String) throws(StoreError) -> AnyQueue {
    let shown = EscapedKey.text(Array(name.utf8))
    let core: AnyQueue.Core
    switch try type(name) {
    case .queue: core = .messages(try queue(name))
    case .byteQueue: core = .bytes(try byteQueue(name))
    case .elementQueue:
      let handle = try structure(name, type: .elementQueue, creating: nil)
      try handle.checkVersion(
        .elementQueue, expected: ElementQueueLayout.version,
        headerSize: ElementQueueLayout.headerSize)
      let layout = try handle.elementLayout(.elementQueue, at: ElementQueueLayout.elements)
      core = .elements(try CellQueue(handle, of: layout), layout)
    case .channel:
      let handle = try structure(name, type: .channel, creating: nil)
      try handle.checkVersion(
        .channel, expected: ChannelLayout.version, headerSize: ChannelLayout.headerSize)
      let layout = try handle.elementLayout(.channel, at: ChannelLayout.elements)
      core = .channel(try CellChannel(handle, of: layout), layout)
    case .orderedQueue:
      core = .ordered(
        try OrderedCells(structure(name, type: .orderedQueue, creating: nil)))
    case .priorityQueue:
      let handle = try structure(name, type: .priorityQueue, creating: nil)
      try handle.checkVersion(
        .priorityQueue, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
      let layout = try handle.elementLayout(.priorityQueue, at: NodeLayout.values)
      core = .levels(try PriorityLevels(handle, elementSize: layout.size), layout)
    case let type?:
      throw StoreError(
        .typeMismatch, place: "database '\(self.name)', entry '\(shown)'",
        reason: "it is \(type), and no queue",
        remedy: "choose another; 'lava queue ls \(self.name)' lists them")
    case nil:
      throw StoreError(
        .notFound, place: "database '\(self.name)'", reason: "there is no queue '\(shown)'",
        remedy: "create it first, or check the name with 'lava queue ls \(self.name)'")
    }
    return AnyQueue(core: core)
  }
}
