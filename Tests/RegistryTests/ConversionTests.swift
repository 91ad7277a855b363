import TestSupport
import Testing

@testable import Registry

@Suite struct `The cheapest conversion` {
  typealias Chain = Conversion<String>

  private func step(_ owner: String, _ from: DataType, _ to: DataType, _ cost: Double) -> Chain.Step
  {
    .init(owner, .init(from, to: to, cost: cost))
  }

  @Test func `goes through several programs, and up the graph of types in between`() {
    let offers = [
      step("fetcher", "url", "html", 20), step("reader", "text", "utf8-text", 1),
      step("counter", "utf8-text", "json", 2), step("slow", "url", "json", 30),
    ]
    let chain = Chain.cheapest(from: "url", to: "text", through: offers, types: .vocabulary)
    #expect(chain?.steps.isEmpty == true)
    let counted = Chain.cheapest(from: "html", to: "json", through: offers, types: .vocabulary)
    #expect(counted?.steps.map(\.owner) == ["reader", "counter"])
    #expect(counted?.cost == 3)
    let json = Chain.cheapest(from: "url", to: "json", through: offers, types: .vocabulary)
    // An address is text itself, which is not what somebody means who wants its page, but cheaper.
    #expect(json?.steps.map(\.owner) == ["counter"])
  }

  @Test func `is no longer than it may be, and dearer then`() {
    let offers = [
      step("a", "com.example.a", "com.example.b", 1),
      step("b", "com.example.b", "com.example.c", 1),
      step("c", "com.example.c", "com.example.d", 1),
      step("d", "com.example.a", "com.example.c", 9),
    ]
    func owners(_ length: Int) -> [String]? {
      Chain.cheapest(
        from: "com.example.a", to: "com.example.d", through: offers, types: .vocabulary,
        maximumLength: length)?.steps.map(\.owner)
    }
    #expect(owners(3) == ["a", "b", "c"])
    #expect(owners(2) == ["d", "c"])
    #expect(owners(1) == nil)
    #expect(owners(0) == nil)
  }

  /// Against a search through all chains, in random graphs of types.
  @Test func `is the cheapest of all chains`() throws {
    var random = SeededGenerator()
    var found = 0
    for _ in 0..<(150 * scale) {
      var types = TypeGraph.vocabulary
      try types.declare(
        (0..<6).map { number in
          let above = (0..<number).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
          return try TypeDeclaration(
            "com.example.t\(number)", conformsTo: above.map { "com.example.t\($0)" })
        })
      func type() -> DataType {
        DataType(trusting: "com.example.t\(Int.random(in: 0..<6, using: &random))")
      }
      let offers = (0..<Int.random(in: 0...7, using: &random)).map { number in
        step("\(number)", type(), type(), Double(Int.random(in: 0...4, using: &random)))
      }
      let (from, to) = (type(), type())
      let length = Int.random(in: 0...4, using: &random)
      let chain = Chain.cheapest(
        from: from, to: to, through: offers, types: types, maximumLength: length)
      let best = exhaustive(from, to, offers, types, length)
      #expect(chain.map { Best(cost: $0.cost, length: $0.steps.count) } == best)
      guard let chain else { continue }
      found += 1
      #expect(chain.steps.count <= length)
      var current = from
      for step in chain.steps {
        #expect(types.conforms(current, to: step.transformation.from))
        current = step.transformation.to
      }
      #expect(types.conforms(current, to: to))
    }
    #expect(found > 20)
  }

  private struct Best: Hashable {
    let cost: Double
    let length: Int
  }

  private func exhaustive(
    _ from: DataType, _ to: DataType, _ offers: [Chain.Step], _ types: TypeGraph, _ length: Int
  ) -> Best? {
    var best = types.conforms(from, to: to) ? Best(cost: 0, length: 0) : nil
    guard length > 0, best == nil else { return best }
    for offer in offers where types.conforms(from, to: offer.transformation.from) {
      guard
        let rest = exhaustive(offer.transformation.to, to, offers, types, length - 1)
      else { continue }
      let whole = Best(cost: rest.cost + offer.transformation.cost, length: rest.length + 1)
      if best.map({ (whole.cost, whole.length) < ($0.cost, $0.length) }) ?? true { best = whole }
    }
    return best
  }

  @Test func `of many offers is found soon`() {
    let offers = (0..<3000).map { number in
      step(
        "\(number)", DataType(trusting: "com.example.t\(number % 200)"),
        DataType(trusting: "com.example.t\(number * 7 % 201)"), Double(number % 17))
    }
    _ = Chain.cheapest(
      from: "com.example.t1", to: "com.example.t200", through: offers, types: .vocabulary,
      maximumLength: 8)
  }
}
