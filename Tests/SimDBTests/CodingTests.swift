import SimDB
import Tbl
import TestSupport
import Testing

private struct Robot: Codable, Equatable {
  var name: String
  var speeds: [Double]
  var parts: [String: Int]?
}

/// Values that encode themselves.
@Suite struct CodingTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
  }

  @Test func `values come back, and what is stored is a tbl`() throws {
    let store = try makeStore()
    let robot = Robot(name: "left", speeds: (0..<100).map { Double($0) / 3 }, parts: ["arm": 2])
    let generation = try store.put("robot", encoding: robot)
    #expect(try store.generation("robot") == generation)
    #expect(try store.get("robot", decoding: Robot.self) == robot)
    #expect(try store.type("robot") == .tbl)
    let table = try Tbl(validating: #require(try store.get("robot")))
    #expect(table.doubles("speeds") == robot.speeds)
    try store.put("many", encoding: [robot, robot])
    #expect(try store.get("many", decoding: [Robot].self) == [robot, robot])
    try store.put("one", encoding: 7)
    #expect(try store.get("one", decoding: UInt8.self) == 7)
    #expect(try store.get("absent", decoding: Robot.self) == nil)
    // A type of bytes does not matter, only the bytes do.
    try store.put("bytes", table.bytes)
    #expect(try store.get("bytes", decoding: Robot.self) == robot)
  }

  @Test func `what is no tbl, and a tbl of something else, are told apart`() throws {
    let store = try makeStore()
    try store.put("text", "thirty-two bytes that are no tbl")
    let mismatch = #expect(throws: StoreError.self) {
      try store.get("text", decoding: Robot.self)
    }
    #expect(mismatch?.code == .typeMismatch)
    #expect(mismatch?.description.contains("entry 'text'") == true)
    #expect(mismatch?.description.contains("32 bytes are no tbl: at byte 0, no magic") == true)
    try store.put("other", encoding: ["name": 1])
    #expect(throws: DecodingError.self) { try store.get("other", decoding: Robot.self) }
  }

  @Test func `what cannot be encoded changes nothing`() throws {
    let store = try makeStore()
    let generation = try store.put("key", encoding: 1)
    #expect(throws: EncodingError.self) { try store.put("key", encoding: Int128(1)) }
    #expect(try store.generation("key") == generation)
  }

  @Test func `the given coders are used`() throws {
    struct Asking: Codable {
      static let key = CodingUserInfoKey(rawValue: "number")!
      let number: Int
      init() { number = 0 }
      init(from decoder: any Decoder) throws {
        number = decoder.userInfo[Self.key] as? Int ?? -1
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(encoder.userInfo[Self.key] as? Int ?? -1)
      }
    }
    let store = try makeStore()
    var encoder = Tbl.Encoder()
    encoder.userInfo[Asking.key] = 5
    try store.put("key", encoding: Asking(), with: encoder)
    #expect(try store.get("key", decoding: Int.self) == 5)
    var decoder = Tbl.Decoder()
    decoder.userInfo[Asking.key] = 6
    #expect(try store.get("key", decoding: Asking.self, with: decoder)?.number == 6)
  }
}
