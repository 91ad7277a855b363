import SharedStructures
import SimDB
import Synchronization

/// A map from numbers to values of 16 bytes, which begin with a number, or a set of numbers, where the
/// value is the key.
protocol KeyedStructure: Sendable {
  func get(_ key: UInt64) throws -> UInt64?
  func put(_ key: UInt64, _ number: UInt64) throws
  /// Whether there was such a key.
  func remove(_ key: UInt64) throws -> Bool
}

/// A value of 16 bytes.
typealias KeyedValue = InlineArray<2, UInt64>

/// A `SharedHashMap`.
struct HashMapEntry: KeyedStructure {
  let map: SharedHashMap<UInt64, KeyedValue>

  func get(_ key: UInt64) throws -> UInt64? { try map.get(key)?.number }
  func put(_ key: UInt64, _ number: UInt64) throws { try map.put(key, KeyedValue(number: number)) }
  func remove(_ key: UInt64) throws -> Bool { try map.remove(key) != nil }
}

/// A `SortedMap`.
struct SortedMapEntry: KeyedStructure {
  let map: SortedMap<UInt64, KeyedValue>

  func get(_ key: UInt64) throws -> UInt64? { try map.get(key)?.number }
  func put(_ key: UInt64, _ number: UInt64) throws { try map.put(key, KeyedValue(number: number)) }
  func remove(_ key: UInt64) throws -> Bool { try map.remove(key) != nil }
}

/// A `SortedSet`.
struct SortedSetEntry: KeyedStructure {
  let set: SortedSet<UInt64>

  func get(_ key: UInt64) throws -> UInt64? { try set.contains(key) ? key : nil }
  func put(_ key: UInt64, _ number: UInt64) throws { try set.insert(key) }
  func remove(_ key: UInt64) throws -> Bool { try set.remove(key) }
}

/// A `Dictionary` behind a mutex.
final class MutexDictionary: KeyedStructure {
  private let values = Mutex<[UInt64: KeyedValue]>([:])

  func get(_ key: UInt64) -> UInt64? { values.withLock { $0[key]?.number } }
  func put(_ key: UInt64, _ number: UInt64) {
    values.withLock { $0[key] = KeyedValue(number: number) }
  }
  func remove(_ key: UInt64) -> Bool { values.withLock { $0.removeValue(forKey: key) != nil } }
}

/// A `Set` behind a mutex.
final class MutexSet: KeyedStructure {
  private let elements = Mutex<Set<UInt64>>([])

  func get(_ key: UInt64) -> UInt64? { elements.withLock { $0.contains(key) } ? key : nil }
  func put(_ key: UInt64, _ number: UInt64) { _ = elements.withLock { $0.insert(key) } }
  func remove(_ key: UInt64) -> Bool { elements.withLock { $0.remove(key) != nil } }
}

/// Sorted arrays of keys and values behind a mutex, searched by halves.
final class MutexSortedArray: KeyedStructure {
  private struct Entries {
    var keys: [UInt64] = []
    var values: [KeyedValue] = []

    /// Where `key` is or would be.
    func position(of key: UInt64) -> (index: Int, isThere: Bool) {
      var (lower, upper) = (0, keys.count)
      while lower < upper {
        let middle = (lower + upper) / 2
        if keys[middle] < key { lower = middle + 1 } else { upper = middle }
      }
      return (lower, lower < keys.count && keys[lower] == key)
    }
  }

  private let entries = Mutex(Entries())

  func get(_ key: UInt64) -> UInt64? {
    entries.withLock { entries in
      let (index, isThere) = entries.position(of: key)
      return isThere ? entries.values[index].number : nil
    }
  }

  func put(_ key: UInt64, _ number: UInt64) {
    entries.withLock { entries in
      let (index, isThere) = entries.position(of: key)
      if isThere {
        entries.values[index] = KeyedValue(number: number)
      } else {
        entries.keys.insert(key, at: index)
        entries.values.insert(KeyedValue(number: number), at: index)
      }
    }
  }

  func remove(_ key: UInt64) -> Bool {
    entries.withLock { entries in
      let (index, isThere) = entries.position(of: key)
      guard isThere else { return false }
      entries.keys.remove(at: index)
      entries.values.remove(at: index)
      return true
    }
  }
}
