import SharedMemory

/// Where the cells and words of a channel lie: what each end has a copy of, so that an operation
/// counts no references.
///
/// **Concurrency.** A value; what it shows is one sender's and one receiver's.
@usableFromInline
struct ChannelCells: Sendable {
  let region: SharedRegion
  /// Number of cells, a power of two.
  let capacity: UInt64
  /// Bytes of an element, and from one to the next in private memory.
  let elementSize: Int
  let elementStride: Int
  /// Bytes from a cell to the next, and from its beginning to the element.
  private let stride: Int
  private let elementOffset: Int
  let arrival: WakeWord
  let departure: WakeWord

  /// Bytes from one cell to the next.
  ///
  /// A cell that fits into a line lies in one; a larger one shares none with its neighbours.
  static func stride(of layout: SharedLayout) -> Int {
    let size = elementOffset(layout) + layout.size
    guard size < 64 else { return (size + 63) & ~63 }
    return 1 << (Int.bitWidth - (size - 1).leadingZeroBitCount)
  }

  private static func elementOffset(_ layout: SharedLayout) -> Int { max(8, layout.alignment) }

  /// - Precondition: `region` has the header and so many cells.
  init(_ region: SharedRegion, capacity: Int, of layout: SharedLayout) {
    self.region = region
    self.capacity = UInt64(capacity)
    elementSize = layout.size
    elementStride = layout.stride
    stride = Self.stride(of: layout)
    elementOffset = Self.elementOffset(layout)
    arrival = WakeWord(region.word32(at: ChannelLayout.arrival))
    departure = WakeWord(region.word32(at: ChannelLayout.departure))
  }

  // MARK: Words

  @inline(__always)
  var head: AtomicWord { region.word(at: ChannelLayout.head) }
  @inline(__always)
  var tail: AtomicWord { region.word(at: ChannelLayout.tail) }
  var taken: AtomicWord { region.word(at: ChannelLayout.taken) }

  @inline(__always)
  private func offset(_ position: UInt64) -> Int {
    ChannelLayout.headerSize &+ Int(truncatingIfNeeded: position & (capacity &- 1)) &* stride
  }

  /// Offset of the element at `position`.
  @inline(__always)
  func element(_ position: UInt64) -> Int { offset(position) &+ elementOffset }

  /// The word of the cell at `position`: that position + 1 once its element was sent.
  @inline(__always)
  func control(_ position: UInt64) -> AtomicWord { region.word(at: offset(position)) }

  // MARK: What was sent

  /// Whether the element at `position`, which the receiver has not passed, was sent; `nil` when its
  /// word is neither that nor what the lap before has left.
  @inline(__always)
  func isSent(_ position: UInt64) -> Bool? {
    // Pair channel-filled: the sender's bytes are visible.
    let word = control(position).loadAcquiring()
    if word == position &+ 1 { return true }
    return word == (position < capacity ? 0 : position &+ 1 &- capacity) ? false : nil
  }

  /// The position after the last element that was sent, at some moment of the call; of none before
  /// `first`, which the receiver has come to.
  func end(after first: UInt64) -> UInt64 {
    // Pair channel-filled.
    var last = tail.loadAcquiring()
    // A sender sends its elements first, and says how far it is then.
    if Int64(bitPattern: last &- first) < 0 { last = first }
    // Pair channel-filled.
    while last &- first < capacity, control(last).loadAcquiring() == last &+ 1 { last &+= 1 }
    return last
  }

  /// Whether nothing was sent at `position` or, when others have taken that meanwhile, later.
  func isIdle(at position: UInt64) -> Bool {
    // Pair wake: read after the sleeper has announced itself.
    Int64(bitPattern: control(position).loadSequential() &- position) <= 0
  }

  // MARK: Moving and sleeping

  /// Moves the position of an end, and wakes who sleeps until that happens.
  ///
  /// - Parameter isEnlisted: Whether sleepers fence for this process.
  @inline(__always)
  func move(_ end: AtomicWord, to position: UInt64, waking sleepers: WakeWord, isEnlisted: Bool) {
    if isEnlisted {
      // Pair channel-filled, pair channel-taken.
      end.storeReleasing(position)
      AsymmetricFence.light()
    } else {
      // Pair channel-filled, pair channel-taken, pair wake.
      end.exchangeSequential(position)
    }
    sleepers.wake()
  }

  /// Announces a sleeper to an end that may look for sleepers without a fence of its own.
  func announce(on word: WakeWord) -> UInt32 {
    let prepared = word.prepare()
    AsymmetricFence.heavy()
    return prepared
  }

  /// Sleeps until `word` is woken, unless `condition` has ended already.
  func sleep(on word: WakeWord, nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = announce(on: word)
    // Pair wake: announced first, looked at afterwards.
    if condition() { word.sleep(prepared, nanoseconds: nanoseconds) }
  }
}
