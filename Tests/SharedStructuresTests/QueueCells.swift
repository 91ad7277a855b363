import SharedMemory
import SimDB

@testable import SharedStructures

/// The bytes of a queue, so that tests can leave it as a death or a hostile process would.
struct QueueCells {
  let handle: StructureHandle
  private let capacity: Int
  private let stride: Int

  /// A process that never was, so that everybody takes it for dead.
  static let dead = ParticipantIdentity(rawValue: 77 << 10 | 5)
  /// Another.
  static let alsoDead = ParticipantIdentity(rawValue: 78 << 10 | 6)

  init(_ name: String, in store: Database) throws {
    handle = try store.structure(name, type: .queue, creating: nil)
    capacity = Int(handle.region.word(at: QueueLayout.capacity).loadRelaxed())
    stride = Int(handle.region.word(at: QueueLayout.stride).loadRelaxed())
  }

  private var region: SharedRegion { handle.region }
  private func offset(_ cell: Int) -> Int { QueueLayout.headerSize + cell * stride }

  subscript(cell: Int) -> CellWord {
    get { CellWord(rawValue: region.word(at: offset(cell)).loadSequential()) }
    nonmutating set { region.word(at: offset(cell)).exchangeSequential(newValue.rawValue) }
  }

  func setEnvelope(_ message: Message, of cell: Int) { region.store(message, at: offset(cell) + 8) }

  var head: AtomicWord { region.word(at: QueueLayout.head) }
  var tail: AtomicWord { region.word(at: QueueLayout.tail) }
  var arrival: WakeWord { WakeWord(region.word32(at: QueueLayout.arrival)) }
  var departure: WakeWord { WakeWord(region.word32(at: QueueLayout.departure)) }

  /// Moves an empty queue on to a position that is the first of a lap.
  func move(toLap lap: UInt64) {
    for cell in 0..<capacity { self[cell] = CellWord(.empty, lap: lap) }
    head.exchangeSequential(lap * UInt64(capacity))
    tail.exchangeSequential(lap * UInt64(capacity))
  }
}

extension WakeWord {
  /// Whether somebody was woken since a sleeper announced itself by `prepared`.
  func hasWoken(since prepared: UInt32) -> Bool { word.loadSequential() != prepared }
  /// Whether somebody may be asleep.
  var hasSleeper: Bool { word.loadSequential() & 1 != 0 }
}
