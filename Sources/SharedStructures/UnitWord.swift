import SharedMemory

/// The header of a unit: whose it is.
///
///     63           31 30        3 2     0
///     version (33)   | link (28) | state
///
///     free -> allocated(owner) -> live(self) -> gone -> free
///                              \-> cell(node) -> free
///     live(unit) -> live(cell)            a new value
///     live -> claimed(owner) -> gone      where an element that died with its taker is counted
///     allocated(owner) -> live -> free    of a stack, and of a heap, which keeps the version
///     allocated(owner) -> free            of a priority queue
///
/// Every other change is a compare-and-swap that raises the version, which stays when the unit is
/// reused. So a word does not come twice, and whoever sees one twice knows that nothing happened in
/// between, short of 2^33 changes.
@frozen @usableFromInline
struct UnitWord: Equatable, Sendable {
  @usableFromInline
  enum State: UInt64 {
    /// Nobody's.
    case free
    /// The owner's: being filled, or linked and not yet seen to be.
    case allocated
    /// Linked; the link says which unit holds the value.
    case live
    /// Linked; the owner takes the element.
    case claimed
    /// Without an element; still linked, or not yet given back.
    case gone
    /// Holds the value of the node that the link names.
    case cell
  }

  @usableFromInline let rawValue: UInt64

  @inlinable @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `nil` for bits that no run of the protocol leaves.
  @inlinable @inline(__always)
  var state: State? { State(rawValue: rawValue & 7) }
  @inlinable @inline(__always)
  var link: UInt64 { rawValue >> 3 & LinkWord.indexMask }
  @usableFromInline
  var owner: ParticipantIdentity { ParticipantIdentity(rawValue: link) }

  @inlinable @inline(__always)
  func `is`(_ state: State) -> Bool { rawValue & 7 == state.rawValue }

  /// Whether an element is there that nobody has taken.
  @inlinable @inline(__always)
  var isPresent: Bool { self.is(.live) || self.is(.allocated) }

  @inlinable @inline(__always)
  var version: UInt64 { rawValue >> 31 }

  /// The link of a unit that was allocated with this word and leads nowhere yet: the one that comes
  /// after it has the same version.
  @inlinable @inline(__always)
  var lastLink: LinkWord { LinkWord(rawValue: (version &- 1) << 29) }

  /// What the state of a large allocation of a heap begins with.
  static func large(_ number: UInt64) -> UnitWord { UnitWord(rawValue: number << 32) }

  /// The same of a unit of a heap whose owner lets all have it.
  var published: UnitWord { UnitWord(rawValue: version << 31 | State.live.rawValue) }

  /// The word that comes after this one.
  @inlinable @inline(__always)
  func next(_ state: State, _ link: UInt64 = 0) -> UnitWord {
    UnitWord(rawValue: ((rawValue >> 31) &+ 1) << 31 | link << 3 | state.rawValue)
  }
}

/// A link from a head or a unit to a unit.
///
///     63           29 28         1    0
///     version (35)   | unit (28) | mark
///
/// The mark of a unit's own link says that nothing is linked behind it any more. Versions are as in
/// ``UnitWord``, and wrap after 2^35.
@frozen @usableFromInline
struct LinkWord: Equatable, Sendable {
  @usableFromInline static var indexMask: UInt64 { (1 << 28) - 1 }

  @usableFromInline let rawValue: UInt64

  @inlinable @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The unit; 0 for none.
  @inlinable @inline(__always)
  var index: UInt64 { rawValue >> 1 & Self.indexMask }
  @inlinable @inline(__always)
  var isMarked: Bool { rawValue & 1 != 0 }
  var version: UInt64 { rawValue >> 29 }

  /// The word that comes after this one and names `index`.
  @inlinable @inline(__always)
  func pointing(to index: UInt64) -> LinkWord {
    LinkWord(rawValue: ((rawValue >> 29) &+ 1) << 29 | index << 1)
  }

  /// The word that comes after this one, with a mark.
  @inlinable @inline(__always)
  var marked: LinkWord { LinkWord(rawValue: pointing(to: index).rawValue | 1) }
}
