import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

/// Lists in the hands of the dead, and under hostile bytes.
@Suite struct NodeFaultTests {
  let scratch = Scratch()

  func makeMap(_ store: Database, capacity: Int = 16) throws -> SortedMap<UInt64, UInt64> {
    try store.sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(capacity))
  }

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  /// Everything that a user may do.
  func use(_ map: SortedMap<UInt64, UInt64>, _ generator: inout SeededGenerator) throws {
    for _ in 0..<20 {
      let key = generator.next() % 32
      switch generator.next() % 7 {
      case 0: try map.put(key, key)
      case 1: try map.remove(key)
      case 2: _ = try map.get(key)
      case 3: _ = try map.floor(key)
      case 4: _ = try map.last
      case 5: try map.popFirst()
      default: try map.forEach { _ in true }
      }
    }
  }

  /// Puts keys from 100 on until the map is full; how many.
  func fill(_ map: SortedMap<UInt64, UInt64>) throws -> Int {
    var count = 0
    while true {
      do throws(StoreError) { try map.put(UInt64(100 + count), 0) } catch {
        #expect(error.code == .full)
        return count
      }
      count += 1
    }
  }

  @Test func `what the dead were filling is used again, and what they had linked is there`() throws
  {
    let store = try makeStore()
    let map = try makeMap(store)
    try map.put(5, 5)
    let list = map.list
    // One dies before it has linked its node, one after, one when it has made a value.
    for death in 0..<3 {
      let claim = try list.fill(OrderedKey(UInt64(death)), 7, QueueCells.dead)
      guard death > 0 else { continue }
      if death == 1 {
        let place = try list.prepare(.at(OrderedKey(1)), list.head)
        let link = LinkWord(rawValue: claim.unit.nextWord.loadRelaxed())
        _ = claim.unit.relink(link, to: link.pointing(to: place.seen?.index ?? 0))
        #expect(
          place.before.word.relink(
            place.before.link, to: place.before.link.pointing(to: claim.index)))
      } else {
        let seen = try #require(try list.prepare(.at(OrderedKey(5)), list.head).seen)
        let link = LinkWord(rawValue: claim.unit.nextWord.loadRelaxed())
        _ = claim.unit.relink(link, to: link.pointing(to: seen.index))
        #expect(seen.unit.change(seen.header, to: seen.header.next(.live, claim.index)))
      }
    }
    #expect(try map.get(0) == nil && map.get(1) == 7 && map.get(5) == 7)
    #expect(try list.usedUnits() == 4)
    var count = try fill(map)
    // 64 units: all but number 0, two nodes and a value.
    #expect(count == 60)
    #expect(try map.get(1) == 7 && map.get(5) == 7 && map.count == 62)
    while try map.popFirst() != nil {}
    count = try fill(map)
    #expect(count == 63)
  }

  @Test func `any bytes under a living map are an error at worst`() throws {
    var generator = SeededGenerator()
    for round in 0..<150 * scale {
      let store = try Database.anonymous(Geometry(blockCount: 512))
      let map = try makeMap(store)
      for key in 0..<20 as Range<UInt64> { try map.put(key, key) }
      let region = map.list.pool.region
      for _ in 0...generator.next() % 4 {
        let offset = Int(generator.next() % UInt64((region.count - 64) / 8)) * 8 + 64
        let word = region.word(at: offset)
        let bits = round % 2 == 0 ? generator.next() : 1 << (generator.next() % 64)
        word.exchangeSequential(word.loadRelaxed() ^ bits)
      }
      do { try use(map, &generator) } catch let error as StoreError {
        #expect([.corrupt, .full].contains(error.code))
      }
    }
  }

  @Test func `an entry of any bytes is attached to or refused`() throws {
    var generator = SeededGenerator()
    var refused = 0
    for _ in 0..<150 * scale {
      let store = try Database.anonymous(Geometry(blockCount: 512))
      let region = try makeMap(store).list.pool.region
      for _ in 0..<2 {
        let word = region.word32(at: Int(generator.next() % 8) * 4)
        word.storeRelaxed(
          word.loadRelaxed() ^ UInt32(truncatingIfNeeded: 1 << (generator.next() % 32)))
      }
      do {
        try use(store.sortedMap("map", of: UInt64.self, to: UInt64.self), &generator)
      } catch let error as StoreError {
        #expect([.corrupt, .incompatible, .full, .notFound].contains(error.code))
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  @Test func `a first key that no search finds is an error where all are removed`() throws {
    let map = try makeMap(makeStore(), capacity: 60)
    for key in 0..<60 as Range<UInt64> { try map.put(key * 10, key) }
    let list = map.list
    let first = try #require(try list.seek(.start, list.head).seen)
    // Searches for it begin with hints that lead past it.
    first.unit.region.setElement(
      OrderedKey(555 as UInt64), at: first.unit.offset + NodeLayout.key)
    #expect(try map.first?.key == 555 && map.get(555) == nil)
    let error = #expect(throws: StoreError.self) { try map.removeAll() }
    #expect(error?.code == .corrupt)
  }

  @Test func `a list keeps positions, and what is before and behind`() throws {
    var generator = SeededGenerator()
    let list = try makeStore().list(
      "list", of: UInt64.self, creating: ElementCapacity(initial: 8, maximum: 500))
    var model: [(position: Int64, element: UInt64)] = []
    for element in 0..<1_500 as Range<UInt64> {
      switch generator.next() % 5 {
      case 0, 1: model.append((try list.append(element), element))
      case 2: model.insert((try list.prepend(element), element), at: 0)
      case 3:
        guard let place = model.indices.randomElement(using: &generator) else { continue }
        #expect(try list.update(at: model[place].position) { $0 + 1 } == model[place].element + 1)
        model[place].element += 1
      default:
        guard let place = model.indices.randomElement(using: &generator) else { continue }
        let gone = model.remove(at: place)
        #expect(try list.remove(at: gone.position) == gone.element)
        #expect(try list.get(at: gone.position) == nil)
      }
    }
    #expect(try list.first?.position == model.first?.position)
    #expect(try list.last?.element == model.last?.element && list.count == model.count)
    var seen: [UInt64] = []
    try list.forEach(from: model[10].position) {
      seen.append($0.element)
      return true
    }
    #expect(seen == model[10...].map(\.element))
    #expect(try list.popFirst()?.element == model[0].element)
  }
}
