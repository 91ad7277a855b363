import SharedMemory
import SimDB

/// A way to look at one key, or at several with one question.
enum StoreLook: String, CaseIterable {
  case get, entry, into, plain, many, lend, generation, contains, length, facts

  /// What was told, as it was: what to make of it is found out when the look is over.
  enum Told {
    case entry(Entry?)
    case bytes([[UInt8]?])
    case plain(RecordedValue.Plain?)
    /// A value twice, at the beginning and at the end of a loan.
    case loan((first: [UInt8], last: [UInt8])?)
    case generation(UInt64?)
    case presence(Bool)
    case length(Int?)
    case facts(Database.Facts?)
  }

  /// Looks.
  ///
  /// - Parameters:
  ///   - keys: One, but for `many`.
  ///   - pause: How long a loan lasts at least.
  func callAsFunction(_ database: Database, _ keys: [String], pause: () -> Void) throws -> Told {
    let key = keys[0]
    switch self {
    case .get: return .bytes([try database.get(key)])
    case .entry: return .entry(try database.entry(key))
    case .into:
      var bytes = [UInt8](repeating: 0, count: 400)
      let count = try bytes.withMutableBytes { try database.get(key, into: &$0) }
      return .bytes([count.map { Array(bytes.prefix($0)) }])
    case .plain: return .plain(try database.get(key, as: RecordedValue.Plain.self))
    case .many: return .bytes(try database.getMany(keys))
    case .lend:
      return .loan(
        try database.withValue(key) { value, _ in
          let first = value.array
          pause()
          return (first, value.array)
        })
    case .generation: return .generation(try database.generation(key))
    case .contains: return .presence(try database.contains(key))
    case .length: return .length(try database.length(key))
    case .facts: return .facts(try database.facts(key))
    }
  }
}

extension StoreLook.Told {
  /// What was seen of each key.
  var sightings: [Sighting?] {
    switch self {
    case .entry(let entry): [entry.map { Sighting($0) }]
    case .bytes(let values): values.map { $0.map { Sighting(bytes: $0) } }
    case .plain(let value): [value.map { Sighting(plain: $0) }]
    case .loan(let loan):
      [
        loan.map {
          $0.first == $0.last ? Sighting(bytes: $0.first) : Sighting(number: Sighting.noNumber)
        }
      ]
    case .generation(let generation): [generation.map { Sighting(generation: $0) }]
    case .presence(let isThere): [isThere ? Sighting() : nil]
    case .length(let length): [length.map { Sighting(length: $0) }]
    case .facts(let facts):
      [facts.map { Sighting(generation: $0.generation, length: $0.length) }]
    }
  }
}
