import Foundation
import TestSupport
import Testing

@testable import Tbl

private struct Sensor: Codable, Hashable, Sendable {
  enum Kind: String, Codable, Sendable { case lidar, camera = "cam" }

  var name: String
  var kind: Kind
  var rate: Float
  var offset: Int16?
  var samples: [Double]
  var tags: Set<String>
}

private struct Robot: Codable, Hashable, Sendable {
  var id: UInt64
  var isOn: Bool
  var sensors: [Sensor]
  var limits: [String: Range<Double>]
  var names: [Int: String]
  var nested: [[Int32]]
  var blob: Tbl.Bytes
  var mode: Mode
}

private indirect enum Mode: Codable, Hashable, Sendable {
  case idle
  case moving(to: [Float], speed: Double?)
  case waiting(Mode, for: Int)
}

private class Base: Codable {
  var id = 1
}

private final class Derived: Base {
  var name = "derived"

  enum CodingKeys: CodingKey { case name, id }

  override init() { super.init() }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    try super.init(from: container.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try super.encode(to: container.superEncoder())
    try container.encode(name, forKey: .name)
  }
}

/// What `value` is after both ways.
@discardableResult
func checkedRoundTrip<T: Codable & Equatable>(
  _ value: T, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Tbl {
  let table = try Tbl.Encoder().encode(value)
  #expect(try Tbl(validating: table.bytes) == table, sourceLocation: sourceLocation)
  #expect(
    try Tbl.Decoder().decode(T.self, from: table) == value, sourceLocation: sourceLocation)
  let bytes = table.bytes
  let view = try Tbl.View(bytes.span)
  let read = try Tbl.Decoder().decode(T.self, from: view)
  #expect(read == value, sourceLocation: sourceLocation)
  return table
}

@Suite struct `Codable both ways` {
  private static let robot = Robot(
    id: .max, isOn: true,
    sensors: [
      Sensor(
        name: "front", kind: .lidar, rate: 0.5, offset: nil, samples: [1, -0.0, .infinity],
        tags: ["a"]),
      Sensor(name: "back", kind: .camera, rate: 2, offset: -3, samples: [], tags: []),
    ],
    limits: ["x": 0..<1, "y": -2..<3.5], names: [1: "one", -2: "minus two"],
    nested: [[1, 2], [], [3]], blob: Tbl.Bytes([0, 255]),
    mode: .waiting(.moving(to: [1, 2], speed: nil), for: 3))

  @Test func `structs, arrays, dictionaries and enums come back`() throws {
    let table = try checkedRoundTrip(Self.robot)
    #expect(table.keys == ["id", "isOn", "sensors", "limits", "names", "nested", "blob", "mode"])
    #expect(table["id"] == .uint(.max))
    #expect(table.bytes("blob") == [0, 255])
    #expect(
      table.tables("sensors")?.map(\.keys) == [
        ["name", "kind", "rate", "samples", "tags"],
        ["name", "kind", "rate", "offset", "samples", "tags"],
      ])
    #expect(table[path: "sensors.0.samples"] == .doubles([1, -0.0, .infinity]))
    #expect(table[path: "sensors.1.samples"] == .doubles([]), "a type without elements")
    #expect(table[path: "sensors.1.kind"] == .string("cam"))
    #expect(table[path: "limits.y"] == .doubles([-2, 3.5]))
    #expect(table[path: "names.-2"] == .string("minus two"))
    #expect(table[path: "nested.2"] == .ints([3]))
    #expect(table[path: "mode.waiting._0.moving.to"] == .floats([1, 2]))
  }

  @Test func `arrays of one type are vectors of that type`() throws {
    func check<T: Codable & Equatable>(_ array: [T], _ type: Tbl.TypeCode) throws {
      for array in [array, []] {
        let table = try checkedRoundTrip(["array": array])
        try table.withView { view throws(TblError) in
          let field = try view.field("array")
          #expect(field?.type == type && field?.isVector == true)
          #expect(field?.count == array.count)
        }
        let own = try checkedRoundTrip(array)
        try own.withView { view throws(TblError) in
          #expect(view.count == 0)
          #expect(try view.vector()?.type == type)
        }
      }
      // What is asked for its elements one by one is gathered.
      let gathered = try checkedRoundTrip(ContiguousArray(array))
      try gathered.withView { view throws(TblError) in
        #expect(try view.vector()?.type == type)
        #expect(try view.vector()?.count == array.count)
      }
    }
    try check([Int8.min, 5, .max], .int8)
    try check([Int16.min, 5, .max], .int16)
    try check([Int32.min, 5, .max], .int32)
    try check([Int64.min, 5, .max], .int64)
    try check([Int.min, 5, .max], .int64)
    try check([0, UInt8.max], .uint8)
    try check([0, UInt16.max], .uint16)
    try check([0, UInt32.max], .uint32)
    try check([0, UInt64.max], .uint64)
    try check([0, UInt.max], .uint64)
    try check([-0.5, Float.greatestFiniteMagnitude], .float32)
    try check([-0.5, Double.leastNonzeroMagnitude], .float64)
    #if !(os(macOS) && arch(x86_64))
      try check([-0.5, Float16.greatestFiniteMagnitude], .float16)
    #endif
    try check([true, false, true], .bool)
    try check(["", "é", "more than fifteen bytes of text"], .string)
  }

  @Test func `every kind of single value is the only element of a document's vector`() throws {
    func check<T: Codable & Equatable>(_ value: T, _ expected: Tbl.Value) throws {
      let table = try checkedRoundTrip(value)
      #expect(table.count == 0)
      #expect(table.vector == .values([expected]))
      #expect(try checkedRoundTrip(["key": value])["key"] == expected)
      _ = try checkedRoundTrip([value])
      _ = try checkedRoundTrip([value, nil, value])
    }
    try check(true, .bool(true))
    try check("text", .string("text"))
    try check(Int8(-1), .int(-1))
    try check(Int16(-1), .int(-1))
    try check(Int32(-1), .int(-1))
    try check(Int64.min, .int(.min))
    try check(Int.max, .int(.max))
    try check(UInt8.max, .uint(255))
    try check(UInt16.max, .uint(65_535))
    try check(UInt32.max, .uint(0xFFFF_FFFF))
    try check(UInt64.max, .uint(.max))
    try check(UInt.max, .uint(.max))
    try check(Float(0.1), .double(Double(Float(0.1))))
    try check(0.1, .double(0.1))
    #if !(os(macOS) && arch(x86_64))
      try check(Float16(0.1), .double(Double(Float16(0.1))))
    #endif
    try check(Tbl.Bytes([1, 2]), .bytes([1, 2]))
    try check(Sensor.Kind.camera, .string("cam"))
    try check(Date(timeIntervalSinceReferenceDate: 0.5), .double(0.5))
    let uuid = UUID()
    try check(uuid, .string(uuid.uuidString))
    #expect(try checkedRoundTrip(Int?.none).vector == .values([.none]))
    #expect(try Tbl.Decoder().decode(Int?.self, from: Tbl.Encoder().encode(7)) == 7)
    let isNaN = try Tbl.Decoder().decode(Float.self, from: Tbl.Encoder().encode(Double.nan)).isNaN
    #expect(isNaN)
  }

  @Test func `types of Foundation come back as they encode themselves`() throws {
    struct Facts: Codable, Equatable {
      var date: Date
      var uuid: UUID
      var url: URL
      var data: Data
      var price: Decimal
      var dates: [Date]
    }
    let url = try #require(URL(string: "https://example.org/a?b=c"))
    let facts = Facts(
      date: Date(timeIntervalSinceReferenceDate: 1e9), uuid: UUID(), url: url,
      data: Data([1, 2, 255]), price: Decimal(12.5), dates: [.distantPast, .distantFuture])
    let table = try checkedRoundTrip(facts)
    #expect(table["data"] == .uints([1, 2, 255]))
    #expect(table.doubles("dates")?.count == 2)
  }

  @Test func `elements of several types are values, and so is nil`() throws {
    #expect(
      try checkedRoundTrip([1, nil, 3] as [Int?]).vector == .values([.int(1), .none, .int(3)]))
    #expect(try checkedRoundTrip(["a", nil]).vector == .values([.string("a"), .none]))
    #expect(
      try checkedRoundTrip([Tbl.Bytes([1]), nil]).vector == .values([.bytes([1]), .none]))
    #expect(try checkedRoundTrip([[1: 2], nil]).vector != nil)
    #expect(
      try checkedRoundTrip([Tbl.Bytes([1]), Tbl.Bytes()]).vector
        == .byteStrings([[1], []]))
    let table = try Tbl.Encoder().encode(Mixed())
    #expect(
      table.vector
        == .values([
          .int(-1), .uint(2), .string("x"), .double(0.5), .none, .ints([4]),
          .table(try build { $0.set("inner", UInt8(1)) }), .bool(true),
        ]))
  }

  /// An array of everything, with containers that go on after their successors have begun.
  private struct Mixed: Encodable {
    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(Int8(-1))
      try container.encode(UInt16(2))
      try container.encode("x")
      try container.encode(0.5)
      try container.encodeNil()
      var nested = container.nestedUnkeyedContainer()
      var keyed = container.nestedContainer(keyedBy: ElementName.self)
      try container.encode(true)
      #expect(container.count == 8)
      try nested.encode(4)
      try keyed.encode(UInt8(1), forKey: .inner)
    }
  }

  private enum ElementName: CodingKey { case inner }

  @Test func `base classes have a table of their own`() throws {
    let value = Derived()
    value.id = 7
    let table = try Tbl.Encoder().encode(value)
    #expect(table.keys == ["name", "super"])
    #expect(table[path: "super.id"] == .int(7))
    #expect(try Tbl.Decoder().decode(Derived.self, from: table).id == 7)
  }

  @Test func `a base class for which nothing was encoded finds nothing`() throws {
    let error = #expect(throws: DecodingError.self) {
      try Tbl.Decoder().decode(Derived.self, from: build { $0.set("name", "x") })
    }
    guard case .valueNotFound(_, let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription == "at 'super': expected a table, found nothing")
  }

  @Test func `keys of nested containers follow the others`() throws {
    struct Nested: Encodable {
      enum Key: CodingKey { case first, second, third }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var inner = container.nestedContainer(keyedBy: Key.self, forKey: .first)
        var list = inner.nestedUnkeyedContainer(forKey: .second)
        try container.encode(1, forKey: .third)
        try list.encode(2)
        // The same container, asked for again.
        var again = encoder.container(keyedBy: Key.self)
        try again.encode("x", forKey: .second)
      }
    }
    let table = try Tbl.Encoder().encode(Nested())
    #expect(table.keys == ["third", "second", "first"])
    #expect(table[path: "first.second"] == .ints([2]))
  }

  @Test func `what encodes nothing is an empty table`() throws {
    struct Nothing: Codable, Equatable {}
    #expect(try checkedRoundTrip(Nothing()) == build { _ in })
    #expect(
      try checkedRoundTrip([Nothing(), Nothing()]).vector
        == .tables([build { _ in }, build { _ in }]))
    #expect(try checkedRoundTrip([String: Int]()) == build { _ in })
    #expect(try checkedRoundTrip([Nothing]()).vector == .tables([]))
  }

  @Test func `a tbl inside is the table that it is`() throws {
    struct Envelope: Codable, Equatable {
      var kind: String
      var body: Tbl
      var more: [Tbl]
    }
    let body = try build { $0.set("x", vector: [1.5, 2]) }
    let own = try build { $0.setVector([1, 2]) }
    let envelope = Envelope(kind: "k", body: body, more: [own, body])
    let table = try checkedRoundTrip(envelope)
    #expect(table.table("body") == body)
    #expect(try checkedRoundTrip(body) == body)
    // Other encoders get its bytes.
    let json = try JSONEncoder().encode(envelope)
    #expect(try JSONDecoder().decode(Envelope.self, from: json) == envelope)
    let damaged = Data(#"{"kind": "k", "body": [1, 2], "more": []}"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Envelope.self, from: damaged)
    }
    let bytes = try JSONEncoder().encode(Tbl.Bytes([1, 2]))
    #expect(String(decoding: bytes, as: UTF8.self) == "[1,2]")
    #expect(try JSONDecoder().decode(Tbl.Bytes.self, from: bytes) == Tbl.Bytes([1, 2]))
  }

  @Test func `user information reaches every value`() throws {
    struct Curious: Codable, Equatable {
      static let key = CodingUserInfoKey(rawValue: "depth")
      var seen: [Int]
      init(seen: [Int]) { self.seen = seen }
      init(from decoder: any Decoder) throws {
        seen = [decoder.userInfo[Self.key!] as? Int ?? -1]
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(encoder.userInfo[Self.key!] as? Int ?? -1)
      }
    }
    var encoder = Tbl.Encoder()
    encoder.userInfo[Curious.key!] = 5
    let table = try encoder.encode(["a": [Curious(seen: [])]])
    #expect(table.ints("a") == [5])
    var decoder = Tbl.Decoder()
    decoder.userInfo[Curious.key!] = 6
    #expect(
      try decoder.decode([String: [Curious]].self, from: table) == ["a": [Curious(seen: [6])]])
  }

  @Test func `a million doubles keep every bit`() throws {
    var random = seeded("a million doubles keep every bit")
    let numbers = (0..<1_000_000).map { _ in Double(bitPattern: random.next()) }
    let table = try Tbl.Encoder().encode(["numbers": numbers])
    #expect(table.bytes.count < 8 * numbers.count + 200)
    let read = try Tbl.Decoder().decode([String: [Double]].self, from: table)
    #expect(read["numbers"]?.map(\.bitPattern) == numbers.map(\.bitPattern))
  }
}

@Suite struct `Decoding what others wrote` {
  @Test func `numbers convert where that is exact`() throws {
    let table = try build { builder in
      builder.set("number", 300.0)
      builder.set("numbers", vector: [Int16(0), 255, 7])
      builder.set("floats", vector: [Float(1), 2.5])
      builder.set("values", value: .values([.int(1), .double(2), .uint(3)]))
      builder.set("bytes", bytes: [1, 2])
    }
    let decoder = Tbl.Decoder()
    #expect(try decoder.decode([String: Int].self, from: build { $0.set("x", 3.0) }) == ["x": 3])
    struct Numbers: Decodable {
      var number: UInt16
      var numbers: [UInt8]
      var floats: [Double]
      var values: [Int8]
      var bytes: [UInt8]
    }
    let read = try decoder.decode(Numbers.self, from: table)
    #expect(read.number == 300 && read.numbers == [0, 255, 7] && read.floats == [1, 2.5])
    #expect(read.values == [1, 2, 3] && read.bytes == [1, 2])
    struct Octets: Decodable {
      var numbers: Tbl.Bytes
      var bytes: Tbl.Bytes
    }
    let octets = try decoder.decode(Octets.self, from: table)
    #expect(octets.numbers.array == [0, 255, 7] && octets.bytes.array == [1, 2])
  }

  @Test func `vectors of several dimensions are arrays of arrays`() throws {
    let numbers = (0..<24).map { Float($0) }
    let table = try build { builder in
      builder.set("cube", vector: numbers, shape: [2, 3, 4])
      builder.set("texts", vector: ["a", "b", "c", "d"], shape: [2, 2])
      builder.set("truths", vector: [true, false], shape: [2, 1])
      builder.set("none", vector: [Int](), shape: [Int(UInt32.max), 0])
      builder.set("flat", vector: ["x"].dropLast(), shape: [2, 0])
      builder.set("list", value: .values([.floats([1]), .ints([2, 3]), .values([])]))
    }
    struct Arrays: Decodable {
      var cube: [[[Double]]]
      var texts: [[String]]
      var truths: [[Bool]]
      var none: [[Int]]
      var flat: [Int]
      var list: [[Double]]
    }
    let read = try Tbl.Decoder().decode(Arrays.self, from: table)
    #expect(read.cube.map { $0.map(\.count) } == [[4, 4, 4], [4, 4, 4]])
    #expect(read.cube.flatMap { $0.flatMap(\.self) } == numbers.map(Double.init))
    #expect(read.texts == [["a", "b"], ["c", "d"]] && read.truths == [[true], [false]])
    #expect(
      read.none.isEmpty && read.flat.isEmpty, "a shape without elements, of whatever dimensions")
    #expect(read.list == [[1], [2, 3], []])
    let floats = try Tbl.Decoder().decode(
      [String: [[[Float]]]].self,
      from: build { builder in
        builder.set("cube", vector: numbers, shape: [2, 3, 4])
      })
    #expect(floats["cube"]?[1][2] == [20, 21, 22, 23])
  }

  @Test func `vectors with strides are read as what they mean`() throws {
    let elements: [Int16] = [1, 2, 3, 0, 4, 5, 6]
    let columns: [Int16] = [1, 4, 2, 5, 3, 6]
    let table = try build { builder in
      if let rows = try? Tbl.Tensor(elements.span, shape: [2, 3], strides: [4, 1]) {
        builder.set("rows", tensor: rows, keepingStrides: true)
      }
      if let turned = try? Tbl.Tensor(columns.span, shape: [2, 3], strides: [1, 2]) {
        builder.set("turned", tensor: turned, keepingStrides: true)
      }
    }
    let wanted: [[Int16]] = [[1, 2, 3], [4, 5, 6]]
    let exact = try Tbl.Decoder().decode([String: [[Int16]]].self, from: table)
    #expect(exact == ["rows": wanted, "turned": wanted])
    let wide = try Tbl.Decoder().decode([String: [[Int]]].self, from: table)
    #expect(wide["turned"] == [[1, 2, 3], [4, 5, 6]])
    let slow = try Tbl.Decoder().decode([String: [ContiguousArray<Int16>]].self, from: table)
    #expect(slow["turned"] == [[1, 2, 3], [4, 5, 6]])
  }

  @Test func `a table inside another is decoded in place`() throws {
    let sensor = Sensor(
      name: "n", kind: .lidar, rate: 1, offset: 2, samples: [1], tags: ["t"])
    let inner = try Tbl.Encoder().encode(sensor)
    // Behind an odd byte, so that nothing lies where it could be lent.
    let bytes = try [0] + build { $0.set("inner", inner) }.bytes
    let outer = try Tbl.View(bytes.span.extracting(1..<bytes.count))
    guard let table = try outer.table("inner") else {
      Issue.record("no table")
      return
    }
    let read = try Tbl.Decoder().decode(Sensor.self, from: table)
    let alone = try Tbl.View(table.document)
    let again = try Tbl.Decoder().decode(Sensor.self, from: alone)
    #expect(read == sensor && again == sensor)
  }
}
