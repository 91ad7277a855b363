import SharedStructures

/// A packet that found its edge full.
struct SpilledPacket {
  /// Index into the node's outgoing edges.
  let edge: Int
  let envelope: Message
  /// The payload where the envelope says that it is inline.
  let inline: [UInt8]
}
