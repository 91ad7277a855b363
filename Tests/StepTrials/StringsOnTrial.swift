import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Interned strings, each of which tells its number, in chunks for some of them.
  static let strings: [Self] = [
    Self(name: "strings") { store, key in try StringsOnTrial(store, key).trial }
  ]
}

/// The strings 1 to 3, and the handles of all that are known.
private final class StringsOnTrial {
  private let store: Database
  private let key: String
  private let strings: InternedStrings
  private var handles: [Int: StringHandle] = [:]

  private static let length = 20
  /// Of a string that the first chunk has no room for.
  private static let greatLength = 1_500
  private static let great = 200
  private static let beside = 1_000..<1_020

  init(_ store: Database, _ key: String) throws {
    self.store = store
    self.key = key
    strings = try store.strings(key, creating: StringsGeometry(firstChunkSize: 1_024))
    for number in 1...3 { try internNoted(number) }
  }

  private static func text(_ number: Int) -> [UInt8] {
    NumberedValue(number, count: number == great ? greatLength : length).bytes
  }

  /// Interns a string, which must then be what its handle stands for.
  @discardableResult
  private func intern(_ number: Int) throws -> StringHandle {
    let handle = try strings.intern(Self.text(number))
    try require(
      try strings.bytes(handle) == Self.text(number), "a handle stands for another string")
    return handle
  }

  private func internNoted(_ number: Int) throws {
    let handle = try intern(number)
    try require(handles[number] ?? handle == handle, "\(number) has two handles")
    handles[number] = handle
  }

  private func look(_ number: Int) throws {
    let handle = try strings.find(Self.text(number))
    if let known = handles[number] { try require(handle == known, "\(number) has another handle") }
    guard let handle else { return }
    try require(
      try strings.bytes(handle) == Self.text(number), "a handle stands for another string")
  }

  /// Looks each string up in every way, and interns all again.
  private func drain() throws -> [Int] {
    let strings = try store.strings(key)
    var found: [(StringHandle, [UInt8])] = []
    try strings.forEach { handle, text throws(StoreError) in found.append((handle, text)) }
    let numbers = try found.map { handle, text in
      guard let number = NumberedValue(text)?.number else { throw Failure("a string is torn") }
      try require(handles[number] ?? handle == handle, "\(number) has another handle than before")
      try require(
        try strings.find(text) == handle && strings.intern(text) == handle
          && strings.bytes(handle) == text, "\(number) is not what its handle stands for")
      handles[number] = handle
      return number
    }
    try require(try strings.count() == found.count, "the strings are counted wrongly")
    for number in 2_000..<2_040 { try internNoted(number) }
    for number in numbers { try look(number) }
    return numbers.sorted()
  }

  var trial: StructureOnTrial {
    let several = Array(4...40)
    let interrupted = several.map { Array(1...$0) }
    return StructureOnTrial(
      standing: [1, 2, 3],
      operations: [
        .init(
          name: "intern what is known", run: { try self.internNoted(2) }, after: [[1, 2, 3]]),
        .init(name: "intern", run: { try self.intern(4) }, after: [[1, 2, 3, 4]]),
        .init(
          name: "intern a long one", run: { try self.intern(Self.great) },
          after: [[1, 2, 3, Self.great]]),
        .init(
          name: "intern until nodes and chunks are added",
          run: { for number in several { try self.intern(number) } },
          after: [Array(1...40)], interrupted: interrupted),
        .init(
          name: "find", run: { for number in 1...4 { try self.look(number) } },
          after: [[1, 2, 3]]),
        .init(name: "count", run: { _ = try self.strings.count() }, after: [[1, 2, 3]]),
      ],
      useBeside: {
        for number in [1, 2, 3, 4, 40, Self.great] + Self.beside {
          try self.internNoted(number)
          try self.look(number)
        }
      },
      drain: drain,
      isPossible: { numbers in
        Set(numbers).count == numbers.count
          && Set(numbers).isSuperset(of: [1, 2, 3, 4, 40, Self.great] + Self.beside)
      })
  }
}
