import SimDB

/// The envelope of everything that travels between nodes and programs: 64 bytes.
///
/// A payload of up to 1 KiB follows it inline; a larger one stays in the store, and the envelope
/// names it.
///
/// **Concurrency.** A value.
@frozen
public struct Message: SharedValue, Hashable {
  /// Where the payload is.
  @frozen
  public struct Kind: RawRepresentable, Hashable, SharedValue {
    /// The number in the envelope.
    public let rawValue: UInt8
    /// Makes a kind from its number.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The payload follows the envelope.
    public static let inline = Kind(rawValue: 0)
    /// The payload is an entry of the store; `handle` is its generation.
    public static let storeReference = Kind(rawValue: 1)
    /// `handle` is an address in this process.
    public static let localAddress = Kind(rawValue: 2)
    /// The sender will send no more.
    public static let endOfStream = Kind(rawValue: 3)
    /// `message.kind`.
    public static var layoutName: String { "message.kind" }
  }

  /// Generation of a store reference, or a local address.
  public var handle: UInt64 = 0
  /// What the payload is.
  public var type: UInt32
  /// Where the payload is.
  public var kind: Kind
  /// Greater is more urgent.
  public var priority: UInt8 = 0
  /// Reserved; zero.
  public var flags: UInt16 = 0
  /// Bytes of the payload.
  public var size: UInt64 = 0
  /// Number that orders messages of one source.
  public var cycle: UInt64 = 0
  /// Joins a reply to its request.
  public var correlation: UInt64 = 0
  /// Who sent it.
  public var sender: UInt64 = 0
  /// Where a reply goes.
  public var replyTo: UInt64 = 0
  /// Nanoseconds of the monotonic clock after which it is of no use; 0 never.
  public var deadline: UInt64 = 0

  /// Makes an envelope.
  @inlinable
  public init(
    kind: Kind = .inline, type: TypeID = .bytes, size: UInt64 = 0, cycle: UInt64 = 0,
    handle: UInt64 = 0
  ) {
    self.kind = kind
    self.type = type.rawValue
    self.size = size
    self.cycle = cycle
    self.handle = handle
  }

  /// Greatest payload that travels inline, in bytes.
  public static let maximumInlinePayload = 1_024
  /// `message.1`.
  public static var layoutName: String { "message.1" }
}
