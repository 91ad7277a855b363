import SharedMemory

/// The control word of a record in a segment of a ``ByteQueue``.
///
///     63        36 | 35    30 | 29     3 | 2   0
///     units of 16  | delivery | owner    | state
///
///     unused  -> writing(producer) -> full -> reading(consumer) -> done        at most once
///     unused  -> end                                                           closes the segment
///     full | returned -> reading(consumer) -> held(consumer) -> done           acknowledged
///     held(consumer)  -> returned                                              given back
///     reading | held by the dead, held by who is late -> reading(another)
///
/// The word of a record says how long it is from the first claim on, so the compare-and-swap that
/// claims a record also says where the next one begins. A segment is used once: only a claim that
/// another took over comes back to a word that stood before, after 64 deliveries.
struct RecordWord: Hashable, Sendable {
  enum State: UInt64 { case unused, writing, full, reading, done, end, held, returned }

  let rawValue: UInt64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(_ state: State, units: Int, delivery: UInt64 = 0, owner: ParticipantIdentity? = nil) {
    rawValue =
      UInt64(units) << 36 | (delivery & 63) << 30 | (owner?.rawValue ?? 0) << 3 | state.rawValue
  }

  /// Bytes of a unit, which every record begins at a multiple of.
  static let unit = 16
  /// Units of the longest record.
  static let maximumUnits = 1 << 28 - 1

  @inline(__always)
  var state: State { State(rawValue: rawValue & 7)! }
  /// Bytes to the next record.
  @inline(__always)
  var byteCount: Int { Int(rawValue >> 36) * Self.unit }
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: rawValue >> 3) }
  /// How often it was claimed to be read, modulo 64.
  var delivery: UInt64 { rawValue >> 30 & 63 }

  /// The same record in another state.
  @inline(__always)
  func changed(
    to state: State, owner: ParticipantIdentity? = nil, isNextDelivery: Bool = false
  ) -> RecordWord {
    RecordWord(
      state, units: Int(rawValue >> 36), delivery: delivery &+ (isNextDelivery ? 1 : 0),
      owner: owner)
  }

  /// Units of a record whose element has `length` bytes.
  @inline(__always)
  static func units(for length: Int) -> Int {
    (QueueSegmentLayout.recordHeaderSize + length + unit - 1) / unit
  }
}
