import Tbl

/// What one column's batches have brought so far.
///
/// Elements of fixed width and without nulls stay where they are in the stream until the document
/// is written, so that they are copied once. An element that is null becomes zero, or empty,
/// whatever the stream has in its place: equal tables become equal documents.
final class ColumnReader {
  let field: ArrowField
  /// The column's name, with those of the structs around it.
  let path: String
  /// The type of the elements, below all lists.
  let leaf: ArrowType
  /// The dimensions that the lists add.
  let dimensions: [Int]
  let children: [ColumnReader]

  private(set) var rows = 0
  /// For each row 1, or 0 where it is null; nil while none is.
  private(set) var valid: [UInt8]?
  /// Where each element ends, if their lengths vary.
  private(set) var ends: [UInt32] = []
  private(set) var parts: [Part] = []
  private(set) var byteCount = 0
  /// What `flatten` has put together.
  private var flat: [UInt8] = []

  /// A run of elements' bytes.
  enum Part {
    case inStream(Range<Int>)
    case made([UInt8])
  }

  init(_ field: ArrowField, path: String) {
    self.field = field
    self.path = path
    var dimensions: [Int] = []
    var inner = field
    while case .fixedSizeList(let size) = inner.type {
      dimensions.append(size)
      inner = inner.children[0]
    }
    self.dimensions = dimensions
    leaf = inner.type
    children = inner.children.map { ColumnReader($0, path: "\(path).\($0.name)") }
  }

  /// Takes the column's part of a batch.
  ///
  /// - Parameters:
  ///   - cursor: Stands at the column's node.
  ///   - count: Rows of the batch.
  ///   - reading: The stream and its dictionaries.
  func read(
    _ cursor: inout BatchCursor, rows count: Int, _ reading: inout Reading
  ) throws(ArrowError) {
    guard count <= Int(UInt32.max) - rows else {
      throw ArrowError(.tooLarge, column: path, "\(rows) and \(count) rows more")
    }
    let nulls = try cursor.nulls(rows: count, column: path)
    guard leaf != .null || field.dictionary != nil || !dimensions.isEmpty else {
      rows += count
      return
    }
    var flags = try validity(&cursor, count: count, nulls: nulls, &reading)
    if let dictionary = field.dictionary {
      try look(up: dictionary, &cursor, count: count, &flags, &reading)
    } else {
      var elements = count
      var elementFlags = flags
      var inner = field
      for dimension in dimensions {
        inner = inner.children[0]
        try enter(
          inner, times: dimension, &cursor, count: &elements, &elementFlags, &reading)
      }
      try readElements(&cursor, count: elements, flags: elementFlags, &reading)
      for child in children { try child.read(&cursor, rows: count, &reading) }
    }
    try join(flags, count: count, &reading)
  }

  /// The flags of an array, or nil when none of its elements is null.
  private func validity(
    _ cursor: inout BatchCursor, count: Int, nulls: Int, _ reading: inout Reading
  ) throws(ArrowError) -> [UInt8]? {
    let buffer = try cursor.buffer(needed: 0, column: path)
    guard nulls != 0, !buffer.isEmpty || nulls > 0 else { return nil }
    guard buffer.count >= (count + 7) / 8 else {
      throw ArrowError(.corrupt, column: path, "\(buffer.count) bytes tell of \(count) nulls")
    }
    try reading.charge(count, column: path)
    var flags: [UInt8] = []
    flags.reserveCapacity(count)
    flags.appendBytes(ofBits: reading.bytes, from: buffer.lowerBound, count: count)
    return flags.contains(0) ? flags : nil
  }

  /// Goes from an array of lists to the array of what they hold.
  private func enter(
    _ inner: ArrowField, times dimension: Int, _ cursor: inout BatchCursor, count: inout Int,
    _ flags: inout [UInt8]?, _ reading: inout Reading
  ) throws(ArrowError) {
    // Neither factor has more than 32 bits.
    guard count * dimension <= Int(UInt32.max) else {
      throw ArrowError(.tooLarge, column: path, "\(count) lists of \(dimension) elements")
    }
    count *= dimension
    if let outer = flags {
      try reading.charge(count, column: path)
      var repeated: [UInt8] = []
      repeated.reserveCapacity(count)
      for flag in outer { repeated.append(contentsOf: repeatElement(flag, count: dimension)) }
      flags = repeated
    }
    let nulls = try cursor.nulls(rows: count, column: path)
    guard let own = try validity(&cursor, count: count, nulls: nulls, &reading) else { return }
    for index in own.indices where own[index] == 0 && flags?[index] != 0 {
      throw ArrowError(.unsupported, column: path, "a null within a list")
    }
  }

  private func readElements(
    _ cursor: inout BatchCursor, count: Int, flags: [UInt8]?, _ reading: inout Reading
  ) throws(ArrowError) {
    switch leaf {
    case .null, .structure, .fixedSizeList:
      break
    case .bool:
      let buffer = try cursor.buffer(needed: (count + 7) / 8, column: path)
      try reading.charge(count, column: path)
      var made: [UInt8] = []
      made.reserveCapacity(count)
      made.appendBytes(ofBits: reading.bytes, from: buffer.lowerBound, count: count)
      append(.made(made.clearing(flags, strideBytes: 1)), byteCount: count)
    case .fixedSizeBinary(let width):
      let size = count * width  // Neither has more than 32 bits.
      let buffer = try cursor.buffer(needed: size, column: path)
      try reading.charge(8 * count, column: path)
      var places: [UInt32] = []
      places.reserveCapacity(count + 1)
      guard size <= Int(UInt32.max) else { throw tooLong }
      for index in 0...count { places.append(UInt32(index * width)) }
      try append(places, of: buffer.lowerBound, flags: flags, &reading)
    case .utf8(let large), .binary(let large):
      let places = try offsets(&cursor, count: count, large: large, &reading)
      let end = Int(places[count])
      let data = try cursor.buffer(needed: end, column: path)
      try append(places, of: data.lowerBound, flags: flags, &reading)
    default:
      let stride = leaf.strideBytes ?? 1
      let buffer = try cursor.buffer(needed: count * stride, column: path)
      let range = buffer.lowerBound..<(buffer.lowerBound + count * stride)
      try reading.charge(range.count, column: path)
      if flags == nil {
        append(.inStream(range), byteCount: range.count)
      } else {
        let made = Array(reading.bytes[range]).clearing(flags, strideBytes: stride)
        append(.made(made), byteCount: range.count)
      }
    }
  }

  /// The `count` + 1 offsets of elements whose lengths vary.
  private func offsets(
    _ cursor: inout BatchCursor, count: Int, large: Bool, _ reading: inout Reading
  ) throws(ArrowError) -> [UInt32] {
    let width = large ? 8 : 4
    // An array without elements may have no offset either.
    let buffer = try cursor.buffer(needed: count == 0 ? 0 : (count + 1) * width, column: path)
    guard count > 0 else { return [0] }
    try reading.charge(8 * count, column: path)
    var places: [UInt32] = []
    places.reserveCapacity(count + 1)
    var previous: Int64 = 0
    for index in 0...count {
      let at = buffer.lowerBound + index * width
      let place =
        large
        ? reading.bytes.littleEndian(Int64.self, at: at)
        : Int64(reading.bytes.littleEndian(Int32.self, at: at))
      guard place >= previous else {
        throw ArrowError(.corrupt, column: path, "element \(index) begins before the one ahead")
      }
      guard place <= UInt32.max else { throw tooLong }
      previous = place
      places.append(UInt32(place))
    }
    return places
  }

  /// Takes elements whose lengths vary.
  ///
  /// - Parameters:
  ///   - places: Where each begins, and where the last ends, counted from `base`.
  ///   - base: A byte of the stream.
  private func append(
    _ places: [UInt32], of base: Int, flags: [UInt8]?, _ reading: inout Reading
  ) throws(ArrowError) {
    let count = places.count - 1
    let whole = (base + Int(places[0]))..<(base + Int(places[count]))
    try reading.charge(whole.count, column: path)
    guard byteCount + whole.count <= Int(UInt32.max) else { throw tooLong }
    guard let flags, (0..<count).contains(where: { flags[$0] == 0 && places[$0] < places[$0 + 1] })
    else {
      try checkText(reading.bytes, whole, places: places, base: base)
      let shift = UInt32(byteCount) &- places[0]
      ends.append(contentsOf: places.dropFirst().lazy.map { $0 &+ shift })
      append(.inStream(whole), byteCount: whole.count)
      return
    }
    // What stands in place of a null is left out.
    var made: [UInt8] = []
    made.reserveCapacity(whole.count)
    var madePlaces: [UInt32] = [0]
    madePlaces.reserveCapacity(count + 1)
    for index in 0..<count {
      if flags[index] != 0 {
        made.append(
          contentsOf: reading.bytes[
            (base + Int(places[index]))..<(base + Int(places[index + 1]))])
      }
      madePlaces.append(UInt32(made.count))
    }
    try checkText(made, 0..<made.count, places: madePlaces, base: 0)
    let before = UInt32(byteCount)
    ends.append(contentsOf: madePlaces.dropFirst().lazy.map { $0 + before })
    append(.made(made), byteCount: made.count)
  }

  /// Checks that elements are UTF-8 one by one, if they are to be text.
  ///
  /// The whole is checked at once; then no element may begin within a character.
  private func checkText(
    _ bytes: [UInt8], _ whole: Range<Int>, places: [UInt32], base: Int
  ) throws(ArrowError) {
    guard leaf.element == .string else { return }
    do {
      _ = try UTF8Span(validating: bytes.span.extracting(whole))
    } catch {
      throw ArrowError(.corrupt, column: path, "text that is not UTF-8")
    }
    for place in places {
      let at = base + Int(place)
      guard at == whole.upperBound || bytes[at] & 0xC0 != 0x80 else {
        throw ArrowError(.corrupt, column: path, "a text that begins within a character")
      }
    }
  }

  private func look(
    up dictionary: ArrowField.Dictionary, _ cursor: inout BatchCursor, count: Int,
    _ flags: inout [UInt8]?, _ reading: inout Reading
  ) throws(ArrowError) {
    let width = dictionary.indexBits / 8
    let indices = try cursor.buffer(needed: count * width, column: path)
    if leaf == .null {
      rows += count
      return
    }
    try reading.charge(12 * count, column: path)
    var numbers: [Int] = []
    numbers.reserveCapacity(count)
    let entries = reading.dictionaries[dictionary.id]
    guard entries == nil || entries?.leaf == leaf else {
      throw ArrowError(.corrupt, column: path, "its dictionary has another type")
    }
    let limit = entries?.rows ?? 0
    for index in 0..<count {
      guard flags?[index] != 0 else {
        numbers.append(-1)
        continue
      }
      let number = reading.bytes.index(at: indices.lowerBound + index * width, dictionary)
      guard let number, number < limit else {
        throw ArrowError(.corrupt, column: path, "row \(rows + index) is not in the dictionary")
      }
      if let known = entries?.valid, known[number] == 0 {
        flags = flags ?? [UInt8](repeating: 1, count: count)
        flags?[index] = 0
        numbers.append(-1)
      } else {
        numbers.append(number)
      }
    }
    if let entries {
      let flat = entries.flatten(reading.bytes)
      try gather(numbers, from: flat, entries.ends, &reading)
    } else {
      try gather(numbers, from: [], [], &reading)
    }
  }

  /// Takes the elements with these numbers, and an empty one for a negative number.
  private func gather(
    _ numbers: [Int], from flat: [UInt8], _ flatEnds: [UInt32], _ reading: inout Reading
  ) throws(ArrowError) {
    var made: [UInt8] = []
    if let stride = leaf.strideBytes {
      try reading.charge(stride * numbers.count, column: path)
      made.reserveCapacity(stride * numbers.count)
      for number in numbers {
        for byte in 0..<stride { made.append(number < 0 ? 0 : flat[number &* stride &+ byte]) }
      }
    } else {
      // Local, because each access to what this object holds is checked.
      let before = byteCount
      var newEnds: [UInt32] = []
      newEnds.reserveCapacity(numbers.count)
      for number in numbers {
        if number >= 0 {
          let start = number == 0 ? 0 : Int(flatEnds[number - 1])
          let end = Int(flatEnds[number])
          try reading.charge(end - start, column: path)
          made.append(contentsOf: flat[start..<end])
        }
        guard before + made.count <= Int(UInt32.max) else { throw tooLong }
        newEnds.append(UInt32(before + made.count))
      }
      ends.append(contentsOf: newEnds)
    }
    append(.made(made), byteCount: made.count)
  }

  /// All bytes of a dictionary's elements in one array, which takes the place of the parts.
  ///
  /// - Complexity: O(bytes that were read since the last call).
  private func flatten(_ stream: [UInt8]) -> [UInt8] {
    for part in parts { flat.append(part, of: stream) }
    parts.removeAll()
    return flat
  }

  private func append(_ part: Part, byteCount more: Int) {
    byteCount += more
    if more > 0 { parts.append(part) }
  }

  private func join(
    _ flags: [UInt8]?, count: Int, _ reading: inout Reading
  ) throws(ArrowError) {
    if valid == nil, flags != nil {
      try reading.charge(rows, column: path)
      valid = [UInt8](repeating: 1, count: rows)
    }
    if valid != nil {
      try reading.charge(count, column: path)
      if let flags {
        valid?.append(contentsOf: flags)
      } else {
        valid?.append(contentsOf: repeatElement(1, count: count))
      }
    }
    rows += count
  }

  private var tooLong: ArrowError {
    ArrowError(.tooLarge, column: path, "more than \(UInt32.max) bytes")
  }
}
