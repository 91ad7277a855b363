import SharedMemory
import SimDB

/// What somebody was told of an entry: as much of it as the operation tells.
public struct Sighting: Hashable, Sendable {
  /// Which value it was; that of no put where it was not whole.
  public let number: Int?
  /// Its generation.
  public let generation: UInt64?
  /// Its length in bytes.
  public let length: Int?

  /// Makes a sighting.
  public init(number: Int? = nil, generation: UInt64? = nil, length: Int? = nil) {
    self.number = number
    self.generation = generation
    self.length = length
  }
}

extension Sighting {
  /// What nobody puts.
  static let noNumber = -1

  /// A value, read whole.
  init(bytes: [UInt8]) { self.init(number: RecordedValue(bytes)?.number ?? Self.noNumber) }

  /// A value of an odd number.
  init(plain: RecordedValue.Plain) { self.init(bytes: plain.withBytes { $0.array }) }

  /// An entry, read whole.
  init(_ entry: Entry) {
    let value = RecordedValue(entry.bytes)
    self.init(
      number: value?.type == entry.type ? value?.number : Self.noNumber,
      generation: entry.generation)
  }
}

/// An operation on one key of a store, with its answer. Values are numbers that are put only once.
public enum StoreOperation: Hashable, Sendable {
  /// What was seen, or that there was no entry.
  case look(Sighting?)
  case put(Int, generation: UInt64? = nil)
  /// Whether there was an entry; `nil` without an answer.
  case delete(Bool?)
  /// Whether it was stored; `nil` without an answer.
  case putIfAbsent(Int, Bool?, generation: UInt64? = nil)
  /// Whether it was stored over what had been seen; `nil` without an answer.
  case compareAndSet(from: Sighting, Int, Bool?, generation: UInt64? = nil)
  /// What was seen last, or that there was no entry, and what was made of it. It was stored, or may
  /// have been: `nil` without an answer.
  case update(from: Sighting?, Int, Bool?, generation: UInt64? = nil)

  /// A look that tells the value alone.
  public static func get(_ number: Int?) -> StoreOperation {
    .look(number.map { Sighting(number: $0) })
  }
}

extension StoreOperation {
  /// The value and the generation that it was stored or seen with, where both are known.
  var incarnation: (number: Int, generation: UInt64)? {
    switch self {
    case .look(let seen?):
      guard let number = seen.number, let generation = seen.generation else { return nil }
      return (number, generation)
    case .put(let number, let generation?), .putIfAbsent(let number, _, let generation?),
      .compareAndSet(_, let number, _, let generation?), .update(_, let number, _, let generation?):
      return (number, generation)
    default: return nil
    }
  }
}
