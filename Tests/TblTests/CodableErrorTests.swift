import TestSupport
import Testing

@testable import Tbl

private struct Sensor: Codable, Equatable {
  var name: String
}

private struct Rig: Codable, Equatable {
  var sensors: [Sensor]
}

/// What a decoding error is, in short, and what it says.
private struct Complaint: Equatable {
  var kind = ""
  var path = ""
  var text = ""
  var cause: TblError.Code?

  init(_ body: () throws -> Void) {
    do {
      try body()
    } catch let error as DecodingError {
      switch error {
      case .typeMismatch(_, let context): note("typeMismatch", context)
      case .valueNotFound(_, let context): note("valueNotFound", context)
      case .keyNotFound(let key, let context): note("keyNotFound " + key.stringValue, context)
      case .dataCorrupted(let context): note("dataCorrupted", context)
      @unknown default: kind = "unknown"
      }
    } catch EncodingError.invalidValue(_, let context) {
      kind = "invalidValue"
      path = context.codingPath.map(\.stringValue).joined(separator: "/")
      text = context.debugDescription
      cause = (context.underlyingError as? TblError)?.code
    } catch {
      kind = "\(error)"
    }
  }

  private mutating func note(_ kind: String, _ context: DecodingError.Context) {
    self.kind = kind
    path = context.codingPath.map(\.stringValue).joined(separator: "/")
    text = context.debugDescription
    cause = (context.underlyingError as? TblError)?.code
  }
}

@Suite struct `Errors of decoding` {
  private func complaint<T: Decodable>(_ type: T.Type, _ table: Tbl) -> Complaint {
    Complaint { _ = try Tbl.Decoder().decode(type, from: table) }
  }

  @Test func `a value of another type is named with its path and what was found`() throws {
    let sensors = try (0..<4).map { index in
      try build { builder in
        if index < 3 {
          builder.set("name", "n")
        } else {
          builder.set("name", vector: [Float(1), 2, 3])
        }
      }
    }
    let error = complaint(Rig.self, try build { $0.set("sensors", vector: sensors) })
    #expect(error.kind == "typeMismatch")
    #expect(error.path == "sensors/Index 3/name")
    #expect(
      error.text
        == "at 'sensors[3].name': expected a string, found a vector of f32 with 3 elements")
  }

  @Test func `what was found is told for every kind of value`() throws {
    let inner = try build { $0.set("x", 1) }
    let own = try build { $0.setVector(["a", "b"]) }
    let table = try build { builder in
      builder.set("nil", value: .none)
      builder.set("bool", true)
      builder.set("string", "x")
      builder.set("bytes", bytes: [1, 2])
      builder.set("table", inner)
      builder.set("own", own)
      builder.set("matrix", vector: [1, 2], shape: [2, 1])
      builder.set("i16", Int16(-300))
      builder.set("f64", 0.5)
      builder.set("values", value: .values([.int(1)]))
    }
    let found = [
      "nil": "nil", "bool": "a truth value", "bytes": "2 bytes", "table": "a table with 1 key",
      "own": "a vector of string with 2 elements",
      "matrix": "a vector of i64 with 2 x 1 elements", "i16": "the number -300 (i16)",
      "f64": "the number 0.5 (f64)", "values": "a vector of value with 1 element",
    ]
    for (key, words) in found {
      struct One: Decodable {
        init(from decoder: any Decoder) throws {
          let container = try decoder.container(keyedBy: AnyKey.self)
          let key = try #require(decoder.userInfo[AnyKey.wanted] as? String)
          _ = try container.decode(String.self, forKey: AnyKey(key))
        }
      }
      var decoder = Tbl.Decoder()
      decoder.userInfo[AnyKey.wanted] = key
      let error = Complaint { _ = try decoder.decode(One.self, from: table) }
      #expect(error.text == "at '\(key)': expected a string, found \(words)")
      #expect(error.kind == (key == "nil" ? "valueNotFound" : "typeMismatch"))
    }
    #expect(
      complaint([Int].self, inner).text == "at the top level: expected an array of numbers "
        + "of type Int, found a table with 1 key")
    #expect(
      complaint([Sensor].self, inner).text
        == "at the top level: expected an array, found a table with 1 key")
    #expect(
      complaint(Sensor.self, own).text
        == "at the top level: expected a table, found a vector of string with 2 elements")
    #expect(
      complaint([[Int]].self, try build { $0.setVector([1]) }).text
        == "at '[0]': expected an array of numbers of type Int, found the number 1 (i64)")
    #expect(
      complaint([Int].self, try build { $0.setVector([1], shape: [1, 1]) }).text
        == "at the top level: expected an array of numbers of type Int, found a vector of i64 "
        + "with 1 x 1 elements")
    #expect(complaint(Int.self, try build { $0.setVector(["a"]) }).kind == "typeMismatch")
    #expect(
      complaint(Int.self, try build { $0.setVector(values: [.values([])]) }).kind
        == "typeMismatch")
  }

  @Test func `a number that its type does not hold is named with its value`() throws {
    let table = try build { builder in
      builder.set("a", 300)
      builder.set("b", vector: [1, -1])
      builder.set("c.d", 0.1)
    }
    struct A: Decodable { var a: Int8 }
    struct B: Decodable { var b: [UInt32] }
    struct B2: Decodable { var b: ContiguousArray<UInt32> }
    struct C: Decodable {
      var value: Float
      enum CodingKeys: String, CodingKey { case value = "c.d" }
    }
    let a = complaint(A.self, table)
    #expect(a.kind == "dataCorrupted")
    #expect(a.text == "at 'a': 300 (i64) is not exactly a number of type Int8")
    for error in [complaint(B.self, table), complaint(B2.self, table)] {
      #expect(error.kind == "dataCorrupted" && error.path == "b/Index 1")
      #expect(error.text == "at 'b[1]': -1 (i64) is not exactly a number of type UInt32")
    }
    #expect(
      complaint(C.self, table).text
        == #"at 'c\.d': 0.1 (f64) is not exactly a number of type Float"#)
    #expect(
      complaint(Int.self, try Tbl.Encoder().encode(1.5)).text
        == "at the top level: 1.5 (f64) is not exactly a number of type Int")
    #expect(complaint(Int64.self, try Tbl.Encoder().encode(UInt64.max)).kind == "dataCorrupted")
    #expect(complaint(Int64.self, try Tbl.Encoder().encode(Double.nan)).kind == "dataCorrupted")
    #expect(complaint(Double.self, try Tbl.Encoder().encode(Int.max)).kind == "dataCorrupted")
  }

  @Test func `missing keys, nil and the end of an array are told apart`() throws {
    let missing = complaint(Rig.self, try build { $0.set("sensor", 1) })
    #expect(missing.kind == "keyNotFound sensors" && missing.path == "")
    #expect(missing.text == "at the top level: there is no key 'sensors' among 1 key")
    let null = complaint(Rig.self, try build { $0.setNil("sensors") })
    #expect(null.kind == "valueNotFound" && null.path == "sensors")
    #expect(null.text == "at 'sensors': expected an array, found nil")
    struct Three: Decodable {
      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        _ = try container.decode(Int.self)
        #expect(container.currentIndex == 1 && container.count == 1 && container.isAtEnd)
        _ = try container.decode(Int.self)
      }
    }
    let end = complaint(Three.self, try build { $0.setVector([1]) })
    #expect(end.kind == "valueNotFound" && end.path == "Index 1")
  }

  @Test func `an element that could not be decoded is still the next`() throws {
    struct Patient: Decodable {
      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        #expect(throws: DecodingError.self) { try container.decode(String.self) }
        #expect(throws: DecodingError.self) { try container.decode(Bool.self) }
        #expect(throws: DecodingError.self) { try container.decode(UInt8.self) }
        #expect(throws: DecodingError.self) { try container.decode([Int].self) }
        #expect(throws: DecodingError.self) { try container.nestedUnkeyedContainer() }
        #expect(throws: DecodingError.self) {
          try container.nestedContainer(keyedBy: AnyKey.self)
        }
        #expect(try !container.decodeNil())
        #expect(try container.decode(Int.self) == -1)
        #expect(try container.decodeNil())
        #expect(try container.decodeIfPresent(Int.self) == nil)
        #expect(try container.decodeIfPresent(Int.self) == 7)
      }
    }
    let mixed = try build { $0.setVector(values: [.int(-1), .none, .none, .int(7)]) }
    _ = try Tbl.Decoder().decode(Patient.self, from: mixed)
  }

  @Test func `damaged bytes are the underlying error`() throws {
    let sensor = try build { $0.set("name", "xx") }
    var bytes = try build { $0.set("sensors", vector: [sensor]) }.bytes
    let text = try #require(bytes.firstRange(of: Array("namexx".utf8)))
    bytes[text.upperBound - 1] = 0xFF
    let error = Complaint {
      let view = try Tbl.View(bytes.span)
      _ = try Tbl.Decoder().decode(Rig.self, from: view)
    }
    #expect(error.kind == "dataCorrupted" && error.cause == .corrupt)
    #expect(error.text.contains("text that is not UTF-8"))
  }

  @Test func `decoding that never goes deeper in the document ends with an error`() throws {
    struct Endless: Decodable {
      init(from decoder: any Decoder) throws {
        _ = try decoder.singleValueContainer().decode(Endless.self)
      }
    }
    let error = complaint(Endless.self, try build { _ in })
    #expect(error.kind == "dataCorrupted")
    #expect(
      error.text == "at the top level: values are nested deeper than 512 levels; "
        + "check that they end")
  }

  @Test func `a decoder that somebody kept stops the program`() async {
    await #expect(processExitsWith: .failure) {
      final class Holder: @unchecked Sendable {
        var decoder: (any Decoder)?
      }
      struct Keeping: Decodable {
        init(from decoder: any Decoder) throws {
          (decoder.userInfo[AnyKey.wanted] as? Holder)?.decoder = decoder
        }
      }
      let holder = Holder()
      var decoder = Tbl.Decoder()
      decoder.userInfo[AnyKey.wanted] = holder
      // An error would end the process as well, so none leaves this.
      guard let table = try? Tbl.Encoder().encode(["x": 1]) else { return }
      _ = try? decoder.decode(Keeping.self, from: table)
      let container = try? holder.decoder?.container(keyedBy: AnyKey.self)
      _ = try? container?.decode(Int.self, forKey: AnyKey("x"))
    }
  }

  @Test func `numbers of 128 bits are refused`() throws {
    struct Wide: Decodable { var x: Int128 }
    struct Wides: Decodable { var x: [UInt128] }
    let one = try build { $0.set("x", 1) }
    #expect(complaint(Wide.self, one).text == "at 'x': a tbl has no numbers of 128 bits")
    let many = try build { $0.set("x", vector: [1]) }
    #expect(complaint(Wides.self, many).text == "at 'x[0]': a tbl has no numbers of 128 bits")
  }
}

/// Any text as a key.
struct AnyKey: CodingKey {
  static let wanted = CodingUserInfoKey(rawValue: "wanted")!
  let stringValue: String
  var intValue: Int? { nil }
  init(_ text: String) { stringValue = text }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

@Suite struct `Errors of encoding` {
  private func complaint<T: Encodable>(_ value: T) -> Complaint {
    Complaint { _ = try Tbl.Encoder().encode(value) }
  }

  @Test func `numbers of 128 bits are refused by path`() {
    struct Wide: Encodable {
      var list: [Int128] = [1]
    }
    let text = "a tbl has no numbers of 128 bits; encode two of 64 bits, or text"
    #expect(complaint(Wide()).text == "at 'list[0]': " + text)
    #expect(complaint(["x": UInt128.max]).text == "at 'x': " + text)
    #expect(complaint(Int128(1)).kind == "invalidValue")
  }

  @Test func `a key that is encoded twice is refused by name`() {
    struct Twice: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(1, forKey: AnyKey("x"))
        try container.encode(2, forKey: AnyKey("x"))
      }
    }
    let error = complaint(["a": [Twice()]])
    #expect(error.path == "a/Index 0" && error.cause == .duplicateKey)
    #expect(error.text == "at 'a[0]': tbl, key 'x': was set twice; set each key once")
  }

  @Test func `containers of two kinds are refused`() {
    struct Both: Encodable {
      var form: Int
      func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(1)
        if form == 0 {
          var container = encoder.container(keyedBy: AnyKey.self)
          try container.encode(1, forKey: AnyKey("x"))
        } else {
          var container = encoder.singleValueContainer()
          try container.encode(1)
        }
      }
    }
    struct Twice: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(1)
        try container.encode("x")
      }
    }
    #expect(complaint(["k": Both(form: 0)]).path == "k")
    #expect(complaint(["k": Both(form: 1)]).kind == "invalidValue")
    #expect(complaint(["k": Twice()]).kind == "invalidValue")
  }

  @Test func `values without end are refused`() {
    struct InKeys: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(InKeys(), forKey: AnyKey("k"))
      }
    }
    struct InElements: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(InElements())
      }
    }
    struct InItself: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(InItself())
      }
    }
    struct InNested: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        var nested = container.nestedUnkeyedContainer(forKey: AnyKey("k"))
        try nested.encode(InNested())
      }
    }
    /// As many containers inside one another as nobody's stack would hold.
    struct InContainers: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        for _ in 0..<200_000 {
          container = container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("k"))
        }
        var whole = encoder.container(keyedBy: AnyKey.self)
        var list = whole.nestedUnkeyedContainer(forKey: AnyKey("l"))
        for _ in 0..<200_000 { list = list.nestedUnkeyedContainer() }
      }
    }
    for error in [
      complaint(InKeys()), complaint(InElements()), complaint(InItself()), complaint(InNested()),
      complaint(InContainers()),
    ] {
      #expect(error.kind == "invalidValue")
      #expect(error.text.contains("deeper than 512 levels") && error.text.count < 200)
    }
    #expect(complaint(InKeys()).text.hasPrefix("at 'k.k.k.k.k.k.k.k….k.k.k.k.k.k.k.k': values"))
  }

  /// A list of as many links as are asked for, each in a table of its own.
  private struct Link: Codable, Equatable {
    var next: [Link]

    init(_ length: Int) { next = length > 1 ? [Link(length - 1)] : [] }
  }

  @Test func `as many tables as a document holds come back, and one more is refused`() throws {
    let longest = Link(Tbl.maximumHeight + 1)
    let table = try Tbl.Encoder().encode(longest)
    #expect(try Tbl.Decoder().decode(Link.self, from: table) == longest)
    let error = complaint(Link(Tbl.maximumHeight + 2))
    #expect(error.kind == "invalidValue")
  }

  @Test func `nested containers of what could not be encoded are let go`() {
    final class Witness: Sendable {}
    struct Failure: Error {}
    struct Failing: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        var nested = container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("n"))
        _ = nested.superEncoder()
        var list = nested.nestedUnkeyedContainer(forKey: AnyKey("l"))
        _ = list.superEncoder()
        throw Failure()
      }
    }
    weak var witness: Witness?
    do {
      let kept = Witness()
      witness = kept
      var encoder = Tbl.Encoder()
      encoder.userInfo[AnyKey.wanted] = kept
      #expect(throws: Failure.self) { try encoder.encode(["k": [Failing()]]) }
    }
    #expect(witness == nil, "nodes that refer to each other would keep it")
  }
}
