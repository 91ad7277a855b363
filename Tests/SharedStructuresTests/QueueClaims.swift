import SharedMemory
import SimDB

@testable import SharedStructures

/// The bytes of a queue whose elements are acknowledged, so that tests can leave it as a death or a
/// hostile process would.
struct QueueClaims {
  let handle: StructureHandle
  private let capacity: Int
  private let cellStride: Int
  private let start: Int
  private let claimStride: Int
  let limit: Int

  /// - Parameter elementSize: Bytes of an element whose alignment is at most 8.
  init(_ name: String, in store: Database, elementSize: Int) throws {
    handle = try store.structure(name, type: .elementQueue, creating: nil)
    let region = handle.region
    capacity = Int(region.word(at: ElementQueueLayout.capacity).loadRelaxed())
    cellStride = Int(region.word(at: ElementQueueLayout.stride).loadRelaxed())
    limit = Int(region.word32(at: ElementQueueLayout.claimLimit).loadRelaxed())
    start = (ElementQueueLayout.headerSize + capacity * cellStride + 63) & ~63
    claimStride = (QueueClaimLayout.headerSize + elementSize + 63) & ~63
  }

  private var region: SharedRegion { handle.region }
  private func offset(_ number: Int) -> Int { start + number * claimStride }

  /// The control word of a cell.
  func cell(_ number: Int) -> AtomicWord {
    region.word(at: ElementQueueLayout.headerSize + number * cellStride)
  }

  /// The control word of a claim.
  subscript(number: Int) -> ClaimWord {
    get { ClaimWord(rawValue: region.word(at: offset(number)).loadSequential()) }
    nonmutating set { region.word(at: offset(number)).exchangeSequential(newValue.rawValue) }
  }

  func position(_ number: Int) -> AtomicWord {
    region.word(at: offset(number) + QueueClaimLayout.position)
  }

  /// Leaves a claim as a consumer does that has just claimed the oldest cell.
  ///
  /// - Returns: The claim's word.
  @discardableResult
  func takeCell(_ position: UInt64, into number: Int, by owner: ParticipantIdentity) -> ClaimWord {
    let word = ClaimWord(rawValue: 0).next(.filling, owner: owner, isNextDelivery: true)
    self[number] = word
    self.position(number).storeRelaxed(position)
    let cell = CellWord(
      .reading, lap: position / UInt64(capacity),
      owner: ParticipantIdentity(rawValue: UInt64(number)))
    self.cell(Int(position) % capacity).exchangeSequential(cell.rawValue)
    return word
  }

  /// Writes an element into a claim.
  func setElement<Element: SharedValue>(_ element: Element, of number: Int) {
    region.store(element, at: offset(number) + QueueClaimLayout.headerSize)
  }
}
