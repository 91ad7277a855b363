import TestSupport
import Testing

@testable import Tbl

/// A value of any shape, which encodes itself by whichever kind of container it is.
private indirect enum Anything: Equatable {
  case none
  case bool(Bool)
  case int8(Int8)
  case int(Int)
  case uint16(UInt16)
  case uint(UInt64)
  case float(Float)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case ints([Int32])
  case doubles([Double])
  case texts([String])
  case list([Anything])
  case keys([String: Anything])
}

extension Anything: Encodable {
  func encode(to encoder: any Encoder) throws {
    switch self {
    case .list(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements {
        // By a nested container, by its own encoder, or as a value.
        switch (element, elements.count % 3) {
        case (.list(let inner), 1):
          var nested = container.nestedUnkeyedContainer()
          for element in inner { try nested.encode(element) }
        case (_, 2): try element.encode(to: container.superEncoder())
        default: try container.encode(element)
        }
      }
    case .keys(let members):
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in members {
        if members.count % 2 == 0 {
          try value.encode(to: container.superEncoder(forKey: AnyKey(key)))
        } else {
          try container.encode(value, forKey: AnyKey(key))
        }
      }
    default:
      var container = encoder.singleValueContainer()
      switch self {
      case .bool(let value): try container.encode(value)
      case .int8(let value): try container.encode(value)
      case .int(let value): try container.encode(value)
      case .uint16(let value): try container.encode(value)
      case .uint(let value): try container.encode(value)
      case .float(let value): try container.encode(value)
      case .double(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .bytes(let value): try container.encode(Tbl.Bytes(value))
      case .ints(let value): try container.encode(value)
      case .doubles(let value): try container.encode(value)
      case .texts(let value): try container.encode(value)
      default: try container.encodeNil()
      }
    }
  }
}

extension Anything {
  static func random(using random: inout SeededGenerator, depth: Int) -> Anything {
    let count = [0, 1, 2, 3, 4, 9].randomElement(using: &random) ?? 0
    switch Int.random(in: 0...(depth > 0 ? 17 : 12), using: &random) {
    case 0: return .none
    case 1: return .bool(.random(using: &random))
    case 2: return .int8(.random(in: .min ... .max, using: &random))
    case 3: return .int(.random(in: .min ... .max, using: &random))
    case 4: return .uint16(.random(in: .min ... .max, using: &random))
    case 5: return .uint(.random(in: .min ... .max, using: &random))
    case 6: return .float(.random(in: -1...1, using: &random))
    case 7: return .double(.random(in: -1e9...1e9, using: &random))
    case 8: return .text(RandomDocument.text(using: &random))
    case 9: return .bytes((0..<count).map { _ in .random(in: 0...255, using: &random) })
    case 10: return .ints((0..<count).map { _ in .random(in: .min ... .max, using: &random) })
    case 11: return .doubles((0..<count).map { _ in .random(in: -1...1, using: &random) })
    case 12: return .texts((0..<count).map { _ in RandomDocument.text(using: &random) })
    case 13:
      let one = Anything.random(using: &random, depth: 0)
      return .list(Array(repeating: one, count: count))
    case 14, 15:
      return .list((0..<count).map { _ in .random(using: &random, depth: depth - 1) })
    default:
      var members: [String: Anything] = [:]
      for _ in 0..<count {
        members[RandomDocument.text(using: &random)] = .random(using: &random, depth: depth - 1)
      }
      return .keys(members)
    }
  }

  /// Reads, by the type of what was encoded, what stands in the document.
  func check(_ decoder: any Decoder) throws {
    switch self {
    case .list(let elements):
      var container = try decoder.unkeyedContainer()
      #expect(container.count == elements.count)
      for (index, element) in elements.enumerated() {
        #expect(container.currentIndex == index && !container.isAtEnd)
        #expect(container.codingPath.count == decoder.codingPath.count)
        try element.check(container.superDecoder())
      }
      #expect(container.isAtEnd)
    case .keys(let members):
      let container = try decoder.container(keyedBy: AnyKey.self)
      #expect(Set(container.allKeys.map(\.stringValue)) == Set(members.keys))
      for (key, value) in members {
        #expect(container.contains(AnyKey(key)))
        #expect(try container.decodeNil(forKey: AnyKey(key)) == (value == .none))
        try value.check(container.superDecoder(forKey: AnyKey(key)))
      }
    default:
      let container = try decoder.singleValueContainer()
      #expect(container.decodeNil() == (self == .none))
      switch self {
      case .bool(let value): #expect(try container.decode(Bool.self) == value)
      case .int8(let value):
        #expect(try container.decode(Int8.self) == value)
        #expect(try container.decode(Double.self) == Double(value))
      case .int(let value): #expect(try container.decode(Int.self) == value)
      case .uint16(let value):
        #expect(try container.decode(UInt16.self) == value)
        #expect(try container.decode(Int64.self) == Int64(value))
      case .uint(let value): #expect(try container.decode(UInt64.self) == value)
      case .float(let value):
        #expect(try container.decode(Float.self) == value)
        #expect(try container.decode(Double.self) == Double(value))
      case .double(let value): #expect(try container.decode(Double.self) == value)
      case .text(let value): #expect(try container.decode(String.self) == value)
      case .bytes(let value): #expect(try container.decode(Tbl.Bytes.self).array == value)
      case .ints(let value):
        #expect(try container.decode([Int32].self) == value)
        #expect(try container.decode([Int].self) == value.map { Int($0) })
      case .doubles(let value): #expect(try container.decode([Double].self) == value)
      case .texts(let value): #expect(try container.decode([String].self) == value)
      default: break
      }
    }
  }
}

/// Checks what is decoded against what was encoded.
private struct Checked: Decodable {
  static let key = CodingUserInfoKey(rawValue: "wanted")!

  init(from decoder: any Decoder) throws {
    let wanted = try #require(decoder.userInfo[Self.key] as? Anything)
    try wanted.check(decoder)
  }
}

/// Reads everything that a decoder offers, in every way.
private struct Curious: Decodable {
  struct Plain: Decodable {
    var name: String
    var x: Double?
    var list: [Plain]?
    var map: [String: Plain]?
  }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: AnyKey.self) {
      for key in container.allKeys {
        _ = try? container.decode(Curious.self, forKey: key)
        _ = try? container.decode([Float].self, forKey: key)
      }
      _ = try? container.superDecoder()
    }
    if var container = try? decoder.unkeyedContainer() {
      while !container.isAtEnd {
        _ = try container.decode(Curious.self)
      }
    }
    let container = try decoder.singleValueContainer()
    _ = container.decodeNil()
    _ = try? container.decode(Int8.self)
    _ = try? container.decode(String.self)
    _ = try? container.decode(Bool.self)
    _ = try? container.decode([Double].self)
    _ = try? container.decode([UInt8].self)
    _ = try? container.decode([String].self)
    _ = try? container.decode([Bool].self)
    _ = try? container.decode([[Int]].self)
    _ = try? container.decode([Int?].self)
    _ = try? container.decode(Tbl.Bytes.self)
    _ = try? container.decode(Plain.self)
    _ = try? container.decode(Tbl.self)
    _ = try? container.decode([String: [Plain]].self)
  }
}

@Suite struct `Random values, encoded` {
  @Test func `whatever is encoded is decoded`() throws {
    var random = seeded("whatever is encoded is decoded")
    for _ in 0..<300 {
      let value = Anything.random(using: &random, depth: 4)
      let table = try Tbl.Encoder().encode(value)
      #expect(try Tbl(validating: table.bytes) == table)
      #expect(try Tbl.Encoder().encode(value) == table || value.hasKeys)
      var decoder = Tbl.Decoder()
      decoder.userInfo[Checked.key] = value
      _ = try decoder.decode(Checked.self, from: table)
    }
  }

  @Test func `any document gives values or an error`() throws {
    var random = seeded("any document gives values or an error")
    for _ in 0..<20 {
      let table = try RandomDocument(using: &random, depth: 1).table
      guard table.bytes.count < 10_000 else { continue }
      _ = try Tbl.Decoder().decode(Curious.self, from: table)
    }
  }

  @Test func `damaged documents give values or an error`() throws {
    var random = seeded("damaged documents give values or an error")
    var refused = 0
    for _ in 0..<60 {
      let value = Anything.random(using: &random, depth: 2)
      let original = try Tbl.Encoder().encode(value).bytes
      for _ in 0..<30 {
        var bytes = original
        for _ in 0...Int.random(in: 0...2, using: &random) { bytes.damage(using: &random) }
        do {
          let view = try Tbl.View(bytes.span)
          _ = try Tbl.Decoder().decode(Curious.self, from: view)
        } catch {
          refused += 1
          #expect(error is TblError || error is DecodingError)
        }
      }
    }
    #expect(refused > 0)
  }

  @Test func `tables that share their children are refused before they are walked`() throws {
    struct Tree: Decodable {
      indirect enum Branch: Decodable {
        case tree(Tree)
        init(from decoder: any Decoder) throws { self = .tree(try Tree(from: decoder)) }
      }
      var a: Branch?
      var b: Branch?
    }
    // Each level refers twice to the same child: 2^60 paths.
    var table = try build { _ in }
    for _ in 0..<60 {
      let inner = table
      var bytes = try build { builder in
        builder.set("a", inner)
        builder.set("b", Tbl.Builder())
      }.bytes
      let entries = bytes.entriesOffset
      bytes.put(UInt32(bytes.word(entries + 16)), at: entries + 24 + 16)
      bytes.put(UInt32(bytes.word(entries + 20)), at: entries + 24 + 20)
      table = Tbl(trusting: bytes)
    }
    let bytes = table.bytes
    let error = #expect(throws: DecodingError.self) {
      let view = try Tbl.View(bytes.span)
      _ = try Tbl.Decoder().decode(Tree.self, from: view)
    }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect((context.underlyingError as? TblError)?.code == .corrupt)
  }
}

extension Anything {
  /// Whether the order of what is encoded is that of a dictionary.
  fileprivate var hasKeys: Bool {
    switch self {
    case .keys: true
    case .list(let elements): elements.contains { $0.hasKeys }
    default: false
    }
  }
}
