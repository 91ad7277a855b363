import Foundation
import TestSupport
import Testing

@testable import Registry

@Suite struct `Types of data` {
  @Test(arguments: [
    ("utf8-text", "public.utf8-text"), ("public.url", "public.url"),
    ("com.example.scan", "com.example.scan"), ("image/png", "image/png"),
    ("tbl<f32>", "public.tbl<f32>"), ("tbl< public.f32 , * >", "public.tbl<f32>"),
    ("tbl<*, *>", "public.tbl"), ("tbl<*, [480, *, ...]>", "public.tbl<*, [480, *, ...]>"),
    ("tbl<f32, []>", "public.tbl<f32, []>"),
    ("a.b<c.d<f32>, [*,3]>", "a.b<c.d<f32>, [*, 3]>"),
  ])
  func `are written in one way`(text: String, written: String) throws {
    let type = try DataType(text)
    #expect(type.description == written)
    #expect(try DataType(written) == type)
  }

  @Test(arguments: [
    "", " ", "<", "tbl<", "tbl<>", "tbl<f32", "tbl<f32,>", "tbl<f32>>", "tbl<[3>", "tbl<[-1]>",
    "tbl<[..., ...]>", "tbl<[3x4]>", "tbl<$element>", "-text", "text!", "a/b/c", "tbl f32",
    "a<b<c<d<e<f<g<h<i<j>>>>>>>>>", "t<*,*,*,*,*,*,*,*,*>", String(repeating: "a", count: 257),
    "tbl<[99999999999999999999]>", "größe",
  ])
  func `are refused with what was expected where`(text: String) {
    let error = #expect(throws: DataTypeError.self) { try DataType(text) }
    #expect(error?.code == .notAType)
    #expect(error?.reason.contains("expected") == true || text.utf8.count > DataType.maximumBytes)
  }

  @Test func `come back from text, whatever they are`() throws {
    var random = SeededGenerator()
    for _ in 0..<(500 * scale) {
      let type = Self.type(using: &random, depth: 3)
      let text = type.description
      guard text.utf8.count <= DataType.maximumBytes else { continue }
      #expect(try DataType(text) == type, "\(text)")
      let coded = try JSONEncoder().encode([type])
      #expect(try JSONDecoder().decode([DataType].self, from: coded) == [type])
    }
  }

  @Test func `are no trap for any text`() {
    var random = SeededGenerator()
    let letters = Array("ab.<>[]*,$/ 3-…é")
    for _ in 0..<(2000 * scale) {
      let count = Int.random(in: 0...24, using: &random)
      let text = String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
      if let type = try? DataType(text) { #expect(try! DataType(type.description) == type) }
    }
  }

  static func type(using random: inout SeededGenerator, depth: Int) -> DataType {
    let names = ["public.tbl", "com.example.scan", "image/png", "public.f32", "a.b-c_d+e"]
    let name = names.randomElement(using: &random) ?? "public.tbl"
    let count = depth > 0 ? Int.random(in: 0...2, using: &random) : 0
    return DataType(
      trusting: name,
      (0..<count).map { _ in
        switch Int.random(in: 0...2, using: &random) {
        case 0: .any
        case 1: .type(type(using: &random, depth: depth - 1))
        default: .shape(ShapeTests.shape(using: &random))
        }
      })
  }
}
