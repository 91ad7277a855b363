import SharedMemory
import SharedStructures
import SimDB

/// What users of a queue or channel that are killed leave in its store, so that what became of each element
/// can be told: how many each producer has pushed, and how often each was read and acknowledged.
///
/// A note is one atomic addition, so it is made or not, whoever dies.
///
/// **Concurrency.** `Sendable`; any number of processes.
public struct QueueNotes: Sendable {
  /// An element that tells whose it is, and whether it is whole.
  public struct Element: SharedValue, Hashable {
    /// Who pushed it.
    public let producer: UInt64
    /// The how many-eth of its producer it is, from 0 on.
    public let number: UInt64
    private let check: InlineArray<4, UInt64>

    /// Makes an element.
    public init(_ producer: UInt64, _ number: UInt64) {
      self.producer = producer
      self.number = number
      check = InlineArray { Self.mix(producer, number, $0) }
    }

    private static func mix(_ producer: UInt64, _ number: UInt64, _ index: Int) -> UInt64 {
      (producer << 32 ^ number ^ UInt64(index)) &* 0x9E37_79B9_7F4A_7C15
    }

    /// Whether all of it belongs together.
    public var isWhole: Bool {
      (0..<4).allSatisfy { check[$0] == Self.mix(producer, number, $0) }
    }

    /// Whether both are the same element of the same producer.
    public static func == (first: Self, second: Self) -> Bool {
      first.producer == second.producer && first.number == second.number
    }

    /// Hashes producer and number.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(producer)
      hasher.combine(number)
    }

    /// `test.noted.1`.
    public static var layoutName: String { "test.noted.1" }
  }

  /// Of the queue or channel.
  public static let queue = "elements"
  /// Producers there may be.
  public static let producers = 2
  /// Elements of each.
  public static let most = 1 << 15

  private static let name = "notes"
  private static let type = TypeID(rawValue: 0x8000_0001)

  private let region: SharedRegion
  private let handle: StructureHandle

  /// The notes in a store, which are made where that is asked for.
  public init(in store: Database, isNew: Bool = false) throws {
    handle = try store.structure(
      Self.name, type: Self.type,
      creating: isNew ? (8 * Self.producers * (Self.most + 1), { _ in }) : nil)
    region = handle.region
  }

  /// Removes the notes.
  public static func delete(from store: Database) throws { try store.deleteStructure(name) }

  private func word(_ producer: Int, _ number: Int) -> AtomicWord {
    region.word(at: 8 * (Self.producers * (number + 1) + producer))
  }

  private func pushed(_ producer: Int) -> AtomicWord { region.word(at: 8 * producer) }

  /// Notes that a producer has pushed `count` more.
  public func notePushed(_ count: Int, by producer: UInt64) {
    pushed(Int(producer)).addSequential(UInt64(count))
  }

  /// Notes that an element was read; one that is torn, or that nobody can have pushed, as such.
  public func noteRead(_ element: Element) {
    guard isPossible(element) else { return noteTorn() }
    word(Int(element.producer), Int(element.number)).addSequential(1)
  }

  /// Notes that an element was acknowledged.
  public func noteAcknowledged(_ element: Element) {
    guard isPossible(element) else { return noteTorn() }
    word(Int(element.producer), Int(element.number)).addSequential(1 << 32)
  }

  private func isPossible(_ element: Element) -> Bool {
    element.isWhole && element.producer < Self.producers && element.number < Self.most
  }

  private func noteTorn() { pushed(0).addSequential(1 << 63) }

  /// Whether an element was torn, or from nowhere.
  public var isTorn: Bool { pushed(0).loadSequential() >> 63 != 0 }

  /// How many elements a producer has noted that it pushed.
  public func pushedCount(by producer: Int) -> Int {
    Int(pushed(producer).loadSequential() & ~(1 << 63))
  }

  /// How often an element was read, and acknowledged.
  public func counts(of producer: Int, _ number: Int) -> (reads: Int, acknowledgements: Int) {
    let word = word(producer, number).loadSequential()
    return (Int(word & 0xFFFF_FFFF), Int(word >> 32))
  }

  /// What became of all elements of a round.
  public struct Sum {
    /// Elements that were pushed, as far as their producers have noted it.
    public var pushed = 0
    /// Of those, the ones that nobody has read.
    public var unread = 0
    /// Elements that were read more than once.
    public var readAgain = 0
    /// Elements that were acknowledged more than once.
    public var acknowledgedAgain = 0
    /// Elements that were read, further behind the last one noted than a batch is long.
    public var fromNowhere = 0
  }

  /// Adds up what was noted.
  ///
  /// - Parameter batch: The most elements that one producer pushes before it notes that.
  public func sum(batch: Int) -> Sum {
    var sum = Sum()
    for producer in 0..<Self.producers {
      let pushed = pushedCount(by: producer)
      sum.pushed += pushed
      for number in 0..<Self.most {
        let (reads, acknowledgements) = counts(of: producer, number)
        if number < pushed, reads == 0 { sum.unread += 1 }
        if reads > 1 { sum.readAgain += 1 }
        if acknowledgements > 1 { sum.acknowledgedAgain += 1 }
        if number >= pushed + batch, reads > 0 { sum.fromNowhere += 1 }
      }
    }
    return sum
  }
}
