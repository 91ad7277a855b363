import Foundation
import TestSupport
import Testing

@testable import Tbl

@Suite struct `Dates and UUIDs` {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
    (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
    (Int64.max, "2262-04-11T23:47:16.854775807Z"), (Int64.min, "1677-09-21T00:12:43.145224192Z"),
  ])
  func `a point in time is told as RFC 3339 has it`(nanoseconds: Int64, text: String) {
    #expect(Tbl.Timestamp(nanoseconds: nanoseconds).description == text)
  }

  @Test func `any second is told as Foundation tells it`() {
    var random = seeded("any second is told as Foundation tells it")
    for _ in 0..<2_000 {
      let second = Int64.random(in: -9_223_372_036...9_223_372_036, using: &random)
      let text = Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
      let told = Tbl.Timestamp(nanoseconds: second * 1_000_000_000).description
      #expect(told == text.dropLast() + ".000000000Z")
    }
  }

  @Test func `a UUID is its bytes in the order of its text`() throws {
    let text = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    let uuid = try #require(Tbl.UUID(text))
    #expect(uuid.description == text && Tbl.UUID(text.uppercased()) == uuid)
    #expect(Array(uuid.bytes.prefix(4)) == [0xF8, 0x1D, 0x4F, 0xAE])
    #expect(Tbl.UUID(bytes: uuid.bytes) == uuid)
    for wrong in [
      "", "f81d4fae7dec11d0a76500a0c91e6bf6", text + "0", text.replacing("f8", with: "g8"),
    ] {
      #expect(Tbl.UUID(wrong) == nil)
    }
    for _ in 0..<100 {
      let other = UUID()
      let same = try #require(Tbl.UUID(other.uuidString))
      #expect(same.description == other.uuidString.lowercased())
    }
    #expect(try #require(Tbl.UUID(bytes: [UInt8](repeating: 0, count: 16))) < uuid)
  }

  @Test func `both are numbers and bytes in a document`() throws {
    struct Event: Codable, Equatable {
      var at: Tbl.Timestamp
      var id: Tbl.UUID
      var more: [Tbl.Timestamp]
    }
    let time = Tbl.Timestamp(nanoseconds: 1_500_000_000)
    let uuid = try #require(Tbl.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))
    let event = Event(at: time, id: uuid, more: [time, Tbl.Timestamp(nanoseconds: -1)])
    let table = try Tbl.Encoder().encode(event)
    #expect(table["at"] == .int(1_500_000_000) && table["id"] == .bytes(uuid.bytes))
    #expect(table["more"] == .ints([1_500_000_000, -1]))
    #expect(try Tbl.Decoder().decode(Event.self, from: table) == event)
    let built = try build { builder in
      builder.set("at", time)
      builder.set("id", uuid)
    }
    #expect(built.timestamp("at") == time && built.uuid("id") == uuid)
    #expect(try built.withView { view in try view.timestamp("at") } == time)
    #expect(built.timestamp("id") == nil && built.uuid("at") == nil)
    let short = try Tbl.Encoder().encode(["id": Tbl.Bytes([1])])
    #expect(throws: DecodingError.self) {
      try Tbl.Decoder().decode([String: Tbl.UUID].self, from: short)
    }
  }
}
