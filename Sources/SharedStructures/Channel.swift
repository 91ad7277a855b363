import SharedMemory
import SimDB

/// A named channel of plain values of one type from one sender to one receiver, in any processes.
///
/// Its ends are values that cannot be copied, so the compiler keeps each to one thread at a time;
/// who has one stands in the channel, so that there is one of each in all processes. The end of a
/// process that died can be claimed anew.
///
/// ```swift
/// let channel = try database.channel("samples", of: Sample.self, creating: ChannelGeometry())
/// var sender = try channel.sender()
/// _ = try sender.push(Sample(time: 1))
/// // in another thread or process
/// var receiver = try channel.receiver()
/// let sample = try receiver.pop(timeoutNanoseconds: .max)
/// ```
///
/// A sender that dies has sent what it had published, and nothing else: of several elements that it
/// pushed at once the first ones, if not all. What becomes of the element
/// that a receiver dies with, while it is lent to it, was chosen when the channel was created.
///
/// **Concurrency.** `Sendable`; pushing and popping are wait-free, whoever else is stopped;
/// blocking costs no CPU.
///
/// - SeeAlso: ``Queue`` for any number of producers and consumers.
public final class Channel<Element: SharedValue>: Sendable {
  @usableFromInline let cells: CellChannel

  init(_ cells: CellChannel) { self.cells = cells }

  /// Name of the channel.
  public var name: String { cells.handle.name }
  /// What was chosen at creation.
  public var geometry: ChannelGeometry { cells.geometry }

  /// Claims the sending end.
  ///
  /// **Concurrency.** Of several who try at once one succeeds.
  ///
  /// - Returns: The end.
  /// - Throws: `inUse` while another that lives has it; `readOnly`, `corrupt`, `dropped`.
  /// - Complexity: O(1); a system call, and some more where another had it. The first end of a
  ///   process with several threads may take milliseconds: see `AsymmetricFence.enlist()`.
  public func sender() throws(StoreError) -> Sender<Element> {
    Sender(try SenderEnd(cells))
  }

  /// Claims the receiving end.
  ///
  /// **Concurrency.** Of several who try at once one succeeds.
  ///
  /// - Returns: The end.
  /// - Throws: `inUse` while another that lives has it; `readOnly`, `corrupt`, `dropped`.
  /// - Complexity: As ``sender()``.
  public func receiver() throws(StoreError) -> Receiver<Element> {
    Receiver(try ReceiverEnd(cells))
  }

  // MARK: Counters

  /// Elements in the channel, at some moment of the count.
  public var count: Int { cells.count }
  /// Elements that were dropped by the overflow policy.
  public var droppedCount: UInt64 { cells.droppedCount }
  /// Elements refused by the overflow policy.
  public var rejectedCount: UInt64 { cells.rejectedCount }
  /// Elements that died with the receiver they were lent to.
  public var lostCount: UInt64 { cells.lostCount }
  /// Elements pushed so far.
  ///
  /// - Complexity: O(1), and O(elements) after a sender that died while it pushed many at once.
  public var pushedCount: UInt64 { cells.pushedCount }
}

extension Database {
  /// Attaches to the channel named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the channel's entry.
  ///   - type: What its elements are.
  ///   - geometry: What to create when there is no such channel; an existing one keeps its own.
  /// - Returns: The channel.
  /// - Throws: `notFound`, `invalidArgument`, `full`, `corrupt`, `incompatible`, `readOnly`,
  ///   `dropped`, `segmentLost`; `typeMismatch`, also when its elements lie otherwise than those of
  ///   `type`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func channel<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating geometry: ChannelGeometry? = nil
  ) throws(StoreError) -> Channel<Element> {
    let layout = SharedLayout(of: type)
    let handle: StructureHandle
    if let geometry {
      guard let stride = CellChannel.stride(geometry, of: layout) else {
        throw StoreError(
          .invalidArgument, place: "database '\(self.name)', channel '\(name)'",
          reason: "\(geometry.capacity) elements \(layout), with the policy "
            + "\(geometry.overflow), are not possible",
          remedy: "choose a power of two from 2 to 16777216, and another policy than dropOldest")
      }
      handle = try structure(
        name, type: .channel,
        creating: (
          byteCount: ChannelLayout.headerSize + geometry.capacity * stride,
          initialize: { CellChannel.initialize($0, geometry, layout, stride: stride) }
        ))
    } else {
      handle = try structure(name, type: .channel, creating: nil)
    }
    try handle.checkVersion(
      .channel, expected: ChannelLayout.version, headerSize: ChannelLayout.headerSize)
    try handle.checkElements(.channel, "elements", at: ChannelLayout.elements, are: type)
    return Channel(try CellChannel(handle, of: layout))
  }
}
