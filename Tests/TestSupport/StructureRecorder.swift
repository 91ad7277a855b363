import SharedMemory
import SharedStructures
import SimDB

/// Performs random operations on a structure that it shares with others, and notes each of them: see
/// ``StructureHistory/init(notes:)``.
public struct StructureRecorder {
  /// A value that tells its number, and whether it is whole.
  typealias Element = QueueNotes.Element

  /// Something that it does, with the key and the value it is given.
  typealias Act = (
    verb: StructureOperation.Verb, perform: (Int, Int) throws -> StructureOperation.Answer
  )

  private let kind: StructureKind
  private let acts: [Act]
  private let id: Int
  private var generator: SeededGenerator
  /// How many values it has put, or tried to.
  private var valueCount = 0

  /// Makes a recorder of a structure, which is there.
  ///
  /// - Parameter id: 1 or more, different from those of all others that use the structure; who sends or
  ///   writes alone has 1, who receives alone has 2, who comes last has ``StructureKind/last``.
  public init(_ kind: StructureKind, in database: Database, id: Int, seed: UInt64) throws {
    self.kind = kind
    self.id = id
    acts = try kind.acts(database, id: id)
    generator = SeededGenerator(seed: seed)
  }

  /// Performs an operation.
  ///
  /// - Parameter note: Gets the lines that say what was asked and answered, and when.
  public mutating func step(_ note: (String) -> Void) throws {
    try perform(acts.randomElement(using: &generator)!, note)
    // Now and then nobody is in the middle of something.
    if Int.random(in: 0..<32, using: &generator) == 0 {
      passMoment(upTo: 20_000, using: &generator)
    }
  }

  private mutating func perform(_ act: Act, _ note: (String) -> Void) throws {
    valueCount += 1
    let key = kind.key(id: id, valueCount, using: &generator)
    // An element of a set is its key.
    let value = kind == .sortedSet ? key : (id << 24 | valueCount) * 8 + key % 8
    note("? \(act.verb.rawValue) \(key) \(value) \(SystemClock.monotonicNanoseconds)\n")
    let answer = try act.perform(key, value)
    let time = SystemClock.monotonicNanoseconds
    note("= \(answer.note) \(time)\n")
  }

  /// Performs what tells in the end what stands, as somebody does who comes last.
  public mutating func finish(_ note: (String) -> Void) throws {
    let looking = acts.filter { [.pop, .get, .popFirst].contains($0.verb) }
    for act in looking { for _ in 0..<64 { try perform(act, note) } }
  }
}
