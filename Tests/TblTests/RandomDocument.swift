import Tbl
import TestSupport

/// A random table together with what reading it must give.
struct RandomDocument {
  let table: Tbl
  let keys: [String]
  let values: [Tbl.Value]
  let shapes: [[Int]]
  let vector: Tbl.Value?

  /// - Parameter depth: Levels of tables below this one, at most.
  init(using random: inout SeededGenerator, depth: Int = 3) throws {
    var builder = Tbl.Builder()
    var keys: [String] = []
    var values: [Tbl.Value] = []
    var shapes: [[Int]] = []
    var vector: Tbl.Value?
    var taken: Set<[UInt8]> = []
    // The own vector may come before, between and after the keys, and more than once.
    let count = [0, 1, 2, 5, 8, 9, 10, 17, 40].randomElement(using: &random) ?? 0
    for index in 0...count {
      if Int.random(in: 0...count + 3, using: &random) == 0 {
        vector = try Self.setVector(&builder, using: &random, depth: depth)
      }
      guard index < count else { break }
      let key = Self.text(using: &random)
      guard taken.insert(Array(key.utf8)).inserted else { continue }
      let (value, shape) = try Self.setValue(&builder, key, using: &random, depth: depth)
      keys.append(key)
      values.append(value)
      shapes.append(shape)
    }
    table = try builder.finish()
    self.keys = keys
    self.values = values
    self.shapes = shapes
    self.vector = vector
  }

  /// Text of 0 to some 40 bytes from several scripts, with characters that JSON escapes.
  static func text(using random: inout SeededGenerator) -> String {
    let letters = Array("abcxyz09 .$\"\\/\n\t\u{0}\u{1F}\u{7F}éßñЖ你好€😀\u{2028}\u{FEFF}e\u{301}")
    let length = [0, 1, 3, 7, 8, 9, 15, 16, 20].randomElement(using: &random) ?? 0
    return String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" })
  }

  private static func numbers<T: FixedWidthInteger>(
    _ type: T.Type, _ count: Int, using random: inout SeededGenerator
  ) -> [T] {
    (0..<count).map { _ in
      let number = T.random(in: T.min...T.max, using: &random)
      return [0, 1, T.min, T.max, number, number >> (T.bitWidth / 2)].randomElement(using: &random)
        ?? 0
    }
  }

  private static func doubles(_ count: Int, using random: inout SeededGenerator) -> [Double] {
    (0..<count).map { _ in
      let special = [
        0, -0.0, 1, 0.1, 1e300, .leastNonzeroMagnitude, .infinity, -.infinity, 1e16, 123456.75,
      ]
      let number = Double(bitPattern: random.next())
      return Bool.random(using: &random) || number.isNaN
        ? special.randomElement(using: &random) ?? 0 : number
    }
  }

  private static func floats(_ count: Int, using random: inout SeededGenerator) -> [Float] {
    doubles(count, using: &random).map { Float($0) }
  }

  private static func tables(
    _ count: Int, using random: inout SeededGenerator, depth: Int
  ) throws -> [Tbl] {
    try (0..<count).map { _ in try RandomDocument(using: &random, depth: depth - 1).table }
  }

  /// A count, and a shape of that many elements or nil.
  private static func shape(using random: inout SeededGenerator) -> (count: Int, shape: [Int]?) {
    if Bool.random(using: &random) {
      return (Int.random(in: 0...12, using: &random), nil)
    }
    let rank = Int.random(in: 1...4, using: &random)
    let shape = (0..<rank).map { _ in Int.random(in: 0...3, using: &random) }
    return (shape.reduce(1, *), shape)
  }

  /// A value that is stored as the type it is read as.
  static func value(using random: inout SeededGenerator, depth: Int) throws -> Tbl.Value {
    let count = Int.random(in: 0...4, using: &random)
    switch Int.random(in: 0...(depth > 0 ? 15 : 13), using: &random) {
    case 0: return .none
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .int(numbers(Int64.self, 1, using: &random)[0])
    case 3: return .uint(numbers(UInt64.self, 1, using: &random)[0])
    case 4: return .double(doubles(1, using: &random)[0])
    case 5: return .string(text(using: &random))
    case 6: return .bytes(numbers(UInt8.self, count, using: &random))
    case 7: return .bools((0..<count).map { _ in Bool.random(using: &random) })
    case 8: return .ints(numbers(Int64.self, count, using: &random))
    case 9: return .floats(floats(count, using: &random))
    case 10: return .doubles(doubles(count, using: &random))
    case 11: return .strings((0..<count).map { _ in text(using: &random) })
    case 12: return .uints(numbers(UInt64.self, count, using: &random))
    case 13:
      let parts = (0..<count).map { _ in Int.random(in: 0...5, using: &random) }
      return .byteStrings(parts.map { numbers(UInt8.self, $0, using: &random) })
    case 14: return .table(try RandomDocument(using: &random, depth: depth - 1).table)
    default: return .tables(try tables(count, using: &random, depth: depth))
    }
  }

  /// Sets `key` through one of the typed setters and tells what reading it must give.
  private static func setValue(
    _ builder: inout Tbl.Builder, _ key: String, using random: inout SeededGenerator, depth: Int
  ) throws -> (Tbl.Value, shape: [Int]) {
    let (count, shape) = shape(using: &random)
    let full = shape ?? [count]
    switch Int.random(in: 0...(depth > 0 ? 22 : 20), using: &random) {
    case 0:
      let number = numbers(Int8.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.int(Int64(number)), [])
    case 1:
      let number = numbers(Int16.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.int(Int64(number)), [])
    case 2:
      let number = numbers(Int32.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.int(Int64(number)), [])
    case 3:
      let number = numbers(UInt8.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.uint(UInt64(number)), [])
    case 4:
      let number = numbers(UInt16.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.uint(UInt64(number)), [])
    case 5:
      let number = numbers(UInt32.self, 1, using: &random)[0]
      builder.set(key, number)
      return (.uint(UInt64(number)), [])
    case 6:
      let number = floats(1, using: &random)[0]
      builder.set(key, number)
      return (.double(Double(number)), [])
    case 7:
      let vector = numbers(Int8.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.ints(vector.map { Int64($0) }), full)
    case 8:
      let vector = numbers(Int16.self, count, using: &random)
      if Bool.random(using: &random) {
        try setStrided(&builder, key, vector, full, using: &random)
      } else {
        builder.set(key, vector: vector, shape: shape)
      }
      return (.ints(vector.map { Int64($0) }), full)
    case 9:
      let vector = numbers(Int32.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.ints(vector.map { Int64($0) }), full)
    case 10:
      let vector = numbers(UInt8.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.uints(vector.map { UInt64($0) }), full)
    case 11:
      let vector = numbers(UInt16.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.uints(vector.map { UInt64($0) }), full)
    case 12:
      let vector = numbers(UInt32.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.uints(vector.map { UInt64($0) }), full)
    case 13:
      let vector = numbers(UInt64.self, count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.uints(vector), full)
    case 14:
      let vector = floats(count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.floats(vector), full)
    case 15:
      let vector = doubles(count, using: &random)
      builder.set(key, vector: vector, shape: shape)
      return (.doubles(vector), full)
    case 16:
      let vector = (0..<count).map { _ in Bool.random(using: &random) }
      builder.set(key, vector: vector, shape: shape)
      return (.bools(vector), full)
    case 17:
      let vector = (0..<count).map { _ in text(using: &random) }
      builder.set(key, vector: vector, shape: shape)
      return (.strings(vector), full)
    case 18:
      builder.setNil(key)
      return (.none, [])
    case 19:
      let text = text(using: &random)
      builder.set(key, text)
      return (.string(text), [])
    case 20:
      let value = try value(using: &random, depth: 0)
      builder.set(key, value: value)
      return (value, Self.length(value).map { [$0] } ?? [])
    case 21:
      let inner = try RandomDocument(using: &random, depth: depth - 1)
      builder.set(key, inner.table)
      return (.table(inner.table), [])
    default:
      let tables = try tables(count, using: &random, depth: depth)
      builder.set(key, vector: tables, shape: shape)
      return (.tables(tables), full)
    }
  }

  /// Sets `key` to a vector with gaps between its elements, in whatever order its dimensions lie.
  private static func setStrided(
    _ builder: inout Tbl.Builder, _ key: String, _ vector: [Int16], _ shape: [Int],
    using random: inout SeededGenerator
  ) throws {
    var strides = [Int](repeating: 1, count: shape.count)
    var extent = 1
    for dimension in shape.indices.shuffled(using: &random) {
      strides[dimension] = extent + Int.random(in: 0...1, using: &random)
      extent += max(0, shape[dimension] - 1) * strides[dimension]
    }
    var elements = numbers(Int16.self, extent, using: &random)
    for (number, element) in vector.enumerated() {
      var rest = number
      var place = 0
      for dimension in shape.indices.reversed() {
        place += rest % shape[dimension] * strides[dimension]
        rest /= shape[dimension]
      }
      elements[place] = element
    }
    let tensor = try Tbl.Tensor(elements.span, shape: shape, strides: strides)
    builder.set(key, tensor: tensor, keepingStrides: true)
  }

  /// Elements of a vector; nil for anything else.
  private static func length(_ value: Tbl.Value) -> Int? {
    switch value {
    case .bools(let vector): vector.count
    case .ints(let vector): vector.count
    case .uints(let vector): vector.count
    case .doubles(let vector): vector.count
    case .floats(let vector): vector.count
    case .strings(let vector): vector.count
    case .byteStrings(let vector): vector.count
    case .tables(let vector): vector.count
    default: nil
    }
  }

  private static func setVector(
    _ builder: inout Tbl.Builder, using random: inout SeededGenerator, depth: Int
  ) throws -> Tbl.Value {
    let (count, shape) = shape(using: &random)
    switch Int.random(in: 0...(depth > 0 ? 4 : 3), using: &random) {
    case 0:
      let vector = floats(count, using: &random)
      builder.setVector(vector, shape: shape)
      return .floats(vector)
    case 1:
      let vector = numbers(UInt8.self, count, using: &random)
      builder.setVector(vector, shape: shape)
      return .uints(vector.map { UInt64($0) })
    case 2:
      let vector = (0..<count).map { _ in text(using: &random) }
      builder.setVector(vector, shape: shape)
      return .strings(vector)
    case 3:
      let values = try (0..<count).map { _ in try value(using: &random, depth: depth) }
      builder.setVector(values: values, shape: shape)
      return .values(values)
    default:
      let vector = try tables(count, using: &random, depth: depth)
      builder.setVector(vector, shape: shape)
      return .tables(vector)
    }
  }
}
