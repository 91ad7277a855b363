import SharedMemory
import SimDB

/// What entries hold, for viewers that do not know their types.
extension Database {
  /// What the pack, or the structure, under `key` holds: as much of it as a viewer can show.
  ///
  /// **Concurrency.** As reading them; writes nothing, and needs no more than a read-only mapping.
  ///
  /// - Parameters:
  ///   - key: Whose entry.
  ///   - limit: The most numbers, values or strings that are shown.
  /// - Returns: `nil` when there is no such entry, or of another type.
  /// - Throws: As reading them: `corrupt`, `incompatible`, `contended`, `segmentLost`.
  /// - Complexity: O(bytes of a pack); O(elements).
  public func describe(_ key: [UInt8], limit: Int = 1_000) throws(StoreError) -> DescribedValue? {
    guard let type = try type(key) else { return nil }
    if type == .pack {
      guard let bytes = try get(key) else { return nil }
      let pack = try Pack(validating: bytes)
      return try pack.view.described(limit: limit)
    }
    // A structure's name is text: what has another key is none, whatever its type says.
    guard let name = String(validating: key, as: UTF8.self) else { return nil }
    switch type {
    case .table: return try table(name).described(limit: limit)
    case .strings: return try strings(name).described(limit: limit)
    default: return try describe(type, name, limit: limit)
    }
  }
}

extension DescribedValue {
  /// Bytes of a type: numbers and text as they are, others in hexadecimal.
  static func value(_ bytes: [UInt8], type: TypeID) -> DescribedValue {
    if let number = number(bytes, type: type) { return number }
    if type == .utf8 || type == .json, let text = String(validating: bytes, as: UTF8.self) {
      return .text(text)
    }
    return .hexadecimal(bytes)
  }
}

extension Pack.View {
  /// The values, elements by the fields of their layout.
  func described(limit: Int) throws(StoreError) -> DescribedValue {
    let fields = layout.flatMap { LayoutFields($0) }
    var budget = limit
    var values: [DescribedValue] = []
    for index in 0..<count {
      guard budget > 0 else {
        values.append(.more(count - index))
        break
      }
      let value = try value(at: index)
      if let fields {
        values.append(
          fields.value(in: value.bytes.extracting(0..<fields.size), budget: &budget))
      } else {
        budget -= 1
        values.append(.value(value.bytes.array, type: value.type))
      }
    }
    guard let layout else { return .list(values) }
    return .record([.init("layout", .text(layout.fields)), .init("elements", .list(values))])
  }
}

extension Table {
  /// Who writes, and the values by their keys.
  func described(limit: Int) throws(StoreError) -> DescribedValue {
    var values: [DescribedValue.Member] = []
    var left = 0
    try forEach { key, value throws(StoreError) in
      guard values.count < limit else {
        left += 1
        return
      }
      values.append(.init(EscapedKey.text(key), .value(value.bytes, type: value.type)))
    }
    if left > 0 { values.append(.init("…", .more(left))) }
    let writer = writerFacts.map { "process \($0.pid) ('\($0.name)')" } ?? "nobody"
    return .record([.init("writer", .text(writer)), .init("values", .record(values))])
  }
}

extension InternedStrings {
  /// How many strings there are, and those that come first.
  func described(limit: Int) throws(StoreError) -> DescribedValue {
    var values: [DescribedValue] = []
    var count = 0
    try forEach { _, bytes throws(StoreError) in
      count += 1
      if values.count < limit { values.append(.text(String(decoding: bytes, as: UTF8.self))) }
    }
    if count > values.count { values.append(.more(count - values.count)) }
    return .record([.init("count", .unsigned(UInt64(count))), .init("strings", .list(values))])
  }
}
